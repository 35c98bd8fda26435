"""By what a variable's name, or a part of its value, shows that a client could be led by it."""

from __future__ import annotations

import re

ADDRESS_NAME = re.compile(
    r"(?:^|_)(?:URL|URI|URLS|URIS|DSN|HOST|HOSTS|HOSTNAME|HOSTNAMES|HOSTADDR|ADDR|ADDRESS|ADDRESSES|ENDPOINT|ENDPOINTS"
    r"|SERVER|SERVERS|BROKER|BROKERS|NODES|SEEDS|DOMAIN|PROXY|ORIGIN|UPSTREAM|REPLICA|PRIMARY|MASTER)(?:_\d+|_RO|_RW|_S3"
    r"|_SQS|_SNS|_DYNAMODB)?$"
    r"|(?:^|_)CONNECTION_?STRING(?:_\w+)?$|(?:^|_)CONN(?:ECTION)?_?STR(?:ING)?$|^CONNECTIONSTRINGS?__"
    r"|^(?:SQL|MYSQL|POSTGRES|CUSTOM)\w*CONNSTR_|^AWS_ENDPOINT_URL",
    re.IGNORECASE,
)
CAMEL_NAME = re.compile(r"[a-z](?:Url|Uri|Dsn|Host|HostName|Hostname|Endpoint|Address|Server|ConnectionString)$")
NO_ADDRESS = re.compile(
    r"^(?:NO_PROXY|HOSTNAME|HOST|COMPUTERNAME|LOGONSERVER|USERDOMAIN|SSH_CONNECTION|SSH_CLIENT|DISPLAY|PWD|OLDPWD|PATH"
    r"|MAILADDR|EMAIL|.*_EMAIL(?:_ADDRESS)?|.*_ALLOWED_HOSTS|ALLOWED_HOSTS|.*TRUSTED_HOSTS?)$",
    re.IGNORECASE,
)
"""Names of this machine, of who may call it, and of what to leave alone: nobody is led anywhere by them."""
BUCKET_NAME = re.compile(r"(?:^|_)BUCKET(?:_NAME|S)?$|[a-z]Bucket(?:Name)?$", re.IGNORECASE)
ACCOUNT_NAME = re.compile(r"(?:^|_)ACCOUNT(?:_?ID|_?NUMBER)?$|[a-z]AccountId$", re.IGNORECASE)
DATABASE_NAME = re.compile(r"(?:^|_)(?:DB|RDS|CLUSTER)_(?:INSTANCE|CLUSTER)?_?(?:IDENTIFIER|INSTANCE)$", re.IGNORECASE)
NAMESPACE_NAME = re.compile(r"^(?:KUBE|KUBECTL|K8S|KUBERNETES|HELM|POD)_?NAMESPACE$", re.IGNORECASE)
SELECTORS = frozenset(
    {
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_VAULT",
        "AWSUME_PROFILE",
        "DOCKER_CONTEXT",
        "HELM_KUBECONTEXT",
        "KUBECONTEXT",
        "KUBE_CONTEXT",
        "PGSERVICE",
        "TF_WORKSPACE",
    }
)
"""Variables that choose a whole set of addresses and credentials by its name."""
INSIDE = re.compile(r"(?:jdbc:)?[a-z][a-z0-9+.\-]*://[^\s,'\"<>]+|arn:aws[a-z\-]*:[^\s,'\"<>]+", re.IGNORECASE)
REMOTE = re.compile(
    r"(?:dns|ipv4):(?://[^/\s]*/)?(?P<host>[\w.\-]+)(?::\d+)?$|(?:[\w.+\-]+@)?(?P<remote>[\w\-]+(?:\.[\w\-]+)+):(?!\d+$|//)\S+$",
    re.IGNORECASE,
)
"""gRPC's way to write a target, and ``user@host:path`` of scp, rsync, git and NFS."""
WORDS = re.compile(r"[\s,;'\"=&{}\[\]]+")
LARGEST = 65_536
LEAST_ADDRESS = 65_536
"""A bare number below is a port or a count; above, sockets take it for an IPv4 address."""
