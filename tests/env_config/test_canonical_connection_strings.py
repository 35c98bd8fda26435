from __future__ import annotations

import pytest

from env_config.canonical import targets
from env_config.errors import TargetRefused


def places(text: str, kind: str = "") -> list[str]:
    return [target.text for target in targets(text, kind)]


DESCRIPTION = "(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=a.test)(PORT=1525))(ADDRESS=(HOST=b.test)(PORT=1526))(CONNECT_DATA=(SID=x)))"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://a.test:1,b.test/db?user=u", ["a.test:1", "b.test:5432"]),
        ("postgresql://a.test/db?PGHOST=b.test", ["a.test:5432", "b.test:5432"]),
        ("postgresql:db", ["localhost:5432"]),
        ("redshift:iam://a.test:5440/db", ["a.test:5440"]),
        ("mysql://a.test:3307,b.test/db", ["a.test:3307", "b.test:3306"]),
        ("mysql:replication://u:p@a.test,b.test/db", ["a.test:3306", "b.test:3306"]),
        ("mysql://address=(host=a.test)(port=3307),address=(host=b.test)/db", ["a.test:3307", "b.test:3306"]),
        ("mysql://(host=a.test,port=3307),(host=b.test,port=3308)/db", ["a.test:3307", "b.test:3308"]),
        ("mariadb:sequential://a.test,b.test/db", ["a.test:3306", "b.test:3306"]),
        ("mariadb://a.test/db?localSocket=/run/m.sock", ["a.test:3306", "/run/m.sock"]),
        ("sqlserver://a.test;failoverPartner=b.test", ["a.test:1433", "b.test:1433"]),
        ("sqlserver://a.test\\one;databaseName=x", ["a.test"]),
        ("sqlserver://a.test\\one:1444;databaseName=x", ["a.test:1444"]),
        ("sqlserver://;serverName=a.test;portNumber=1444;password={x;serverName=no}", ["a.test:1444"]),
        ("sqlserver://a.test:1444;SERVERNAME={b.test}", ["a.test:1444", "b.test:1433"]),
        ("jtds:sqlserver://a.test:1433/db;instance=one", ["a.test:1433"]),
        ("oracle:thin:@//a.test:1522/service", ["a.test:1522"]),
        ("oracle:thin:u/p@a.test:1522:sid", ["a.test:1522"]),
        ("oracle:thin:@tcps://a.test:1522/service", ["a.test:1522"]),
        (f"oracle:thin:@{DESCRIPTION}", ["a.test:1525", "b.test:1526"]),
        ("oracle:thin:@ldap://a.test:389/x,cn=y", ["a.test:389"]),
        ("sybase:Tds:a.test:5000/db", ["a.test:5000"]),
        ("clickhouse://a.test:8124/db", ["a.test:8124"]),
        ("sqlite:x.db", []),
        ("h2:mem:x", []),
    ],
)
def test_jdbc(text: str, expected: list[str]) -> None:
    """Every host of a JDBC URL is a target, whether it stands in the authority or in a property."""
    assert places(f"jdbc:{text}", "jdbc") == places(f"jdbc:{text}") == expected


@pytest.mark.parametrize(
    "text",
    [
        "jdbc:oracle:thin:@production",
        "jdbc:postgresql:///x?socketFactory=com.example.Factory",
        "jdbc:mysql://a.test/x?socketFactory=com.example.Factory",
        "jdbc:postgresql://a.test\\@b.test/x",
        "jdbc:unknown:x",
        "jdbc:oracle:thin:@(DESCRIPTION=(LOAD_BALANCE=on))",
        "jdbc:sqlserver://a.test;password={x",
    ],
)
def test_jdbc_that_says_not_where(text: str) -> None:
    """A JDBC URL whose host something else decides is refused."""
    with pytest.raises(TargetRefused, match="AMBIGUOUS"):
        places(text, "jdbc")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Host=a.test;Port=5432;Database=x;Host=b.test", ["a.test:5432", "b.test:5432"]),
        ("HOST = a.test ; Username=u", ["a.test"]),
        ("Host=a.test:1,b.test:2;Username=u", ["a.test:1", "b.test:2"]),
        ("Server=tcp:a.test,1433;Initial Catalog=x;Failover Partner=b.test", ["a.test:1433", "b.test"]),
        ("Data Source=a.test\\one,1444;Initial Catalog=x", ["a.test:1444"]),
        ("Data  Source=a.test;Network Address=b.test;Addr=c.test", ["a.test", "b.test", "c.test"]),
        ("Server='a.test';Password='x;Server=no'", ["a.test"]),
        ('Server="a.test";Password="x"";Server=no"', ["a.test"]),
        ("Driver={ODBC Driver 18};Server={a.test};Uid=u", ["a.test"]),
        ("Server=np:\\\\a.test\\pipe\\sql\\query", ["a.test"]),
        ("Server=.;Database=x", ["localhost"]),
        ("Server=(localdb)\\mssqllocaldb;Database=x", ["localhost"]),
        ("Data Source=a.test:1522/service;User Id=u", ["a.test:1522"]),
        (f"Data Source={DESCRIPTION};User Id=u", ["a.test:1525", "b.test:1526"]),
        ("Data Source=app.db", []),
        ("Data Source=:memory:", []),
        ("Endpoint=sb://a.test/;SharedAccessKey=x=", ["a.test"]),
        ("AccountEndpoint=https://a.test:443/;AccountKey=x==", ["a.test:443"]),
        ('metadata=x;provider connection string="data source=a.test;initial catalog=x"', ["a.test"]),
        ("Host=127.77;Port=5432", ["127.0.0.77:5432"]),
        ("Host=/run/pg;Username=u", ["/run/pg"]),
    ],
)
def test_ado(text: str, expected: list[str]) -> None:
    """Every host key of an ADO.NET or ODBC string counts, in any case, quoted, repeated, with port or instance."""
    assert places(text, "ado") == expected


@pytest.mark.parametrize(
    "text", ["Database=x;Username=u", "Host='a.test", "Host=a.test;nonsense", "Host=a b", "Server='a'b;Database=x"]
)
def test_ado_that_says_not_where(text: str) -> None:
    """A string without a host, or not properly quoted, is refused."""
    with pytest.raises(TargetRefused, match="AMBIGUOUS"):
        places(text, "ado")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mongodb://u:p@a.test:1,b.test/db?replicaSet=x", ["a.test:1", "b.test:27017"]),
        ("mongodb+srv://u:p@cluster.test/db", ["cluster.test"]),
        ("mongodb://%2Ftmp%2Fmongodb-27017.sock/db", ["/tmp/mongodb-27017.sock"]),
        ("mongodb://a.test/?proxyHost=b.test", ["a.test:27017", "b.test:27017"]),
        ("redis://:p@a.test:6380/0", ["a.test:6380"]),
        ("rediss://a.test", ["a.test:6379"]),
        ("redis:///?host=a.test", ["a.test:6379", "localhost:6379"]),
        ("redis+sentinel://a.test,b.test:26380/master/0", ["a.test:26379", "b.test:26380", "a.test:26380"]),
        ("sentinel://a.test:26379;sentinel://b.test:26379", ["a.test:26379", "b.test:26379"]),
        ("unix:///run/redis.sock?db=1", ["/run/redis.sock"]),
        ("redis+socket:///run/redis.sock", ["/run/redis.sock"]),
        ("unix://u:p@/run/redis.sock", ["/run/redis.sock"]),
        ("amqp://u:p@a.test/vhost", ["a.test:5672"]),
        ("amqps://u:p@a.test/%2F", ["a.test:5671"]),
        ("amqp://u@a.test//;amqp://u@b.test//", ["a.test:5672", "b.test:5672"]),
        ("amqp://", ["localhost:5672"]),
        ("PLAINTEXT://a.test:9092,SSL://b.test:9093", ["a.test:9092", "b.test:9093"]),
        ("a.test:9092,b.test:9092", ["a.test:9092", "b.test:9092"]),
        ("a.test:9092, b.test:9092", ["a.test:9092", "b.test:9092"]),
        ("a.test:11211;b.test:11211", ["a.test:11211", "b.test:11211"]),
        ("a.test:2181,b.test:2181/chroot", ["a.test:2181", "b.test:2181"]),
        ("a.test:6379,b.test:6379,password=x,ssl=true", ["a.test:6379", "b.test:6379"]),
        ("mysql+pymysql://u:p@a.test/db?unix_socket=/run/m.sock", ["a.test:3306", "/run/m.sock"]),
        ("mysql+pymysql://a.test/db?host=b.test", ["a.test:3306", "b.test:3306"]),
        ("mssql+pyodbc:///?odbc_connect=DRIVER%3D%7BODBC%7D%3BSERVER%3Da.test%3BDATABASE%3Dx", ["a.test"]),
        ("oracle+oracledb://u:p@a.test:1522/?service_name=x", ["a.test:1522"]),
        ("clickhouse+native://a.test/db", ["a.test:8123"]),
        ("nats://a.test:4222,nats://b.test:4222", ["a.test:4222", "b.test:4222"]),
        ("[2001:db8::1]:6379", ["[2001:db8::1]:6379"]),
    ],
)
def test_seed_lists(text: str, expected: list[str]) -> None:
    """Every member of a list of seeds, brokers, sentinels or caches is a target, with its system's port."""
    assert places(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "redis://:p#w@a.test/0",
            "redis://:p@w@a.test/0",
            "amqp://u:p/w@a.test/",
            "mongodb://u:p@x@a.test/",
            "redis://a.test:0",
        ),
        *("redis://a.test:x", "mongodb://a.test\\@b.test/", " amqp://a.test", "amqp://a..test", ",", ""),
    ],
)
def test_seed_lists_that_clients_disagree_about(text: str) -> None:
    """Passwords with bare delimiters, bad ports and outer blanks are refused for these systems, too."""
    with pytest.raises(TargetRefused, match="AMBIGUOUS"):
        places(text)


@pytest.mark.parametrize(
    ("text", "system"),
    [
        *(("postgres://a.test", "postgresql"), ("redshift://a.test", "redshift"), ("mariadb://a.test", "mysql")),
        *(
            ("mongodb+srv://a.test", "mongodb"),
            ("rediss://a.test", "redis"),
            ("amqps://a.test", "amqp"),
            ("wss://a.test", "https"),
        ),
        *(
            ("jdbc:sqlserver://a.test", "sqlserver"),
            ("host=a.test", "postgresql"),
            ("a.test", ""),
            ("arn:aws:sns:::x", "aws"),
        ),
    ],
)
def test_the_system_is_known_by_the_scheme(text: str, system: str) -> None:
    """A target says which system it is, where the string does."""
    assert {target.system for target in targets(text)} == {system}


def test_an_unknown_kind_is_a_mistake_of_the_caller() -> None:
    """A kind that does not exist is no refusal but an error."""
    with pytest.raises(ValueError, match="kind must be"):
        targets("a.test", "hots")
