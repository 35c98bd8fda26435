"""botocore: accounts, owners and endpoints of AWS calls. Requests are inspected, none is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from env_config.book.model import Service
from env_config.canonical.target import Resource
from env_config.guards.drivers.botocore import named, owner_of
from tests.env_config.books import corpus_book
from tests.env_config.guarded_runs import run_code

CLIENT = """
import io, boto3
from botocore.awsrequest import AWSResponse
guard("enforce")
sent = []
def stop(request, **_):
    sent.append([request.url.split("?")[0], {k: v.decode() if isinstance(v, bytes) else str(v) for k, v in request.headers.items()}])
    class Raw(io.BytesIO):
        def stream(self, *_):
            yield b""
    return AWSResponse(request.url, 200, {}, Raw(b""))
def client(service, **options):
    made = boto3.client(service, region_name="eu-west-2", aws_access_key_id="x", aws_secret_access_key="x", **options)
    made.meta.events.register("before-send", stop)
    return made
def owners():
    return [headers.get("x-amz-expected-bucket-owner") or headers.get("X-Amz-Expected-Bucket-Owner") or "" for _, headers in sent]
"""
DENIED = {
    "a bucket": "client('s3').list_objects_v2(Bucket='lbh-documents-production')",
    "a source of a copy": "client('s3').copy_object(Bucket='mine', Key='k', CopySource={'Bucket': 'lbh-documents-production', 'Key': 'k'})",
    "a source in one string": "client('s3').copy_object(Bucket='mine', Key='k', CopySource='lbh-documents-production/k')",
    "an upload": "client('s3').upload_fileobj(io.BytesIO(b'x'), 'lbh-documents-production', 'k')",
    "a presigned URL": "client('s3').generate_presigned_url('get_object', Params={'Bucket': 'lbh-documents-production', 'Key': 'k'})",
    "a queue": "client('sqs').send_message(QueueUrl='https://sqs.eu-west-2.amazonaws.com/111122223333/jobs', MessageBody='x')",
    "a topic": "client('sns').publish(TopicArn='arn:aws:sns:eu-west-2:111122223333:person', Message='x')",
    "a table": "client('dynamodb').get_item(TableName='arn:aws:dynamodb:eu-west-2:111122223333:table/persons', Key={'id': {'S': '1'}})",
    "a function": "client('lambda').invoke(FunctionName='arn:aws:lambda:eu-west-2:111122223333:function:f')",
    "a role": "client('sts').assume_role(RoleArn='arn:aws:iam::111122223333:role/deploy', RoleSessionName='x')",
    "an owner": "client('s3').list_objects_v2(Bucket='mine', ExpectedBucketOwner='111122223333')",
    "a database": "client('rds').delete_db_instance(DBInstanceIdentifier='social-care-production')",
    "a resource in a list": "client('rds').add_tags_to_resource(ResourceName='arn:aws:rds:eu-west-2:111122223333:db:x', Tags=[])",
}


@pytest.mark.parametrize("what", list(DENIED))
def test_a_call_that_names_something_of_production_is_denied(what: str) -> None:
    """Before there is a request."""
    ((refused, sent),) = run_code(CLIENT + f"out([attempt(lambda: {DENIED[what]}), len(sent)])")
    assert (refused["code"], sent) == ("PROD_RESOURCE", 0)


def test_calls_within_the_own_account_are_sent() -> None:
    """Control."""
    code = """
attempt(lambda: client("sqs").send_message(QueueUrl="https://sqs.eu-west-2.amazonaws.com/444455556666/jobs", MessageBody="x"))
body = "https://prod-db.hackney.test/ arn:aws:sns:eu-west-2:111122223333:x"
attempt(lambda: client("sns").publish(TopicArn="arn:aws:sns:eu-west-2:444455556666:person", Message=body))
out(len(sent))
"""
    assert run_code(CLIENT + code) == [2]


def test_every_call_with_a_bucket_carries_the_expected_owner() -> None:
    """Plain calls, the parts of an upload, and copies with their source."""
    code = """
s3 = client("s3")
s3.put_object(Bucket="mine", Key="k", Body=b"x")
s3.upload_fileobj(io.BytesIO(b"x"), "mine", "k")
s3.list_objects_v2(Bucket="mine")
s3.copy_object(Bucket="mine", Key="k", CopySource={"Bucket": "other", "Key": "k"})
out([owners(), [headers.get("x-amz-source-expected-bucket-owner", "") for _, headers in sent][-1]])
"""
    ((owners, source),) = run_code(CLIENT + code)
    assert set(owners) == {"444455556666"}
    assert len(owners) == 4
    assert source == "444455556666"


def test_an_owner_that_the_caller_gives_is_kept() -> None:
    """It knows better, as long as it is not production's account."""
    code = "client('s3').list_objects_v2(Bucket='mine', ExpectedBucketOwner='999900001111'); out(owners())"
    assert run_code(CLIENT + code) == [["999900001111"]]


def test_presigned_urls_and_other_makes_of_s3_get_no_owner() -> None:
    """A presigned URL would want the header from whoever uses it; a local server has no account."""
    code = """
url = client("s3").generate_presigned_url("get_object", Params={"Bucket": "mine", "Key": "k"})
client("s3", endpoint_url="http://127.0.0.66:9000").list_objects_v2(Bucket="mine")
out(["expected-bucket-owner" in url.lower(), owners()])
"""
    assert run_code(CLIENT + code) == [[False, [""]]]


def test_an_endpoint_from_the_environment_is_judged_when_a_request_goes_there() -> None:
    """boto3 obeys AWS_ENDPOINT_URL_S3."""
    code = """
import boto3
guard("enforce")
made = boto3.client("s3", region_name="eu-west-2", aws_access_key_id="x", aws_secret_access_key="x")
out(attempt(lambda: made.list_objects_v2(Bucket="mine"))["code"])
"""
    assert run_code(code, environ={"AWS_ENDPOINT_URL_S3": "http://127.0.0.77:9"}) == ["PEER_PROD"]


def test_payloads_are_not_looked_into() -> None:
    """What a message says about production is no address of the call."""
    parameters = {"Message": "see arn:aws:sns:eu-west-2:111122223333:x", "Body": b"arn:aws:s3:::x", "Name": "x"}
    assert list(named(parameters)) == []


def test_nested_parameters_are_looked_into() -> None:
    """Lists and structures, down to a bound."""
    parameters = {
        "Targets": [{"Arn": "arn:aws:sqs:eu-west-2:1:x", "Settings": {"S3Bucket": "b", "AccountId": "1" * 12}}]
    }
    found = list(named(parameters))
    assert found == [
        (None, "arn:aws:sqs:eu-west-2:1:x"),
        (Resource("s3", "b"), ""),
        (Resource("sts", account="1" * 12), ""),
    ]


def test_the_book_says_who_owns_a_bucket() -> None:
    """A declared owner, else the environment's only account; of several, none is guessed."""
    declared = Service("exports", "s3", resource="lbh-exports", account="777700007777")
    book = corpus_book()
    book = replace(book, services={**book.services, "exports": declared})
    assert owner_of(book, "lbh-exports") == "777700007777"
    assert owner_of(book, "lbh-anything") == "444455556666"
    two = replace(book, own=replace(book.own, aws_accounts=("444455556666", "999900001111")))
    assert owner_of(two, "lbh-anything") == ""
