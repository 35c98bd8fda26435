"""Which system a scheme speaks to, and the port it uses when none is written."""

from __future__ import annotations

_TABLE = """
http 80 http ws git+http
https 443 https wss git+https
postgresql 5432 postgresql postgres pgsql timescaledb postgis
cockroachdb 26257 cockroachdb cockroach crdb
redshift 5439 redshift
mysql 3306 mysql mariadb mysql2 tidb jdbc-mysql
mysqlx 33060 mysqlx
sqlserver 1433 sqlserver mssql
oracle 1521 oracle
db2 50000 db2 ibm_db_sa
mongodb 27017 mongodb
redis 6379 redis rediss valkey valkeys rediscluster
redis 26379 sentinel
amqp 5672 amqp pyamqp librabbitmq rabbitmq
amqp 5671 amqps
kafka 9092 kafka confluentkafka
memcached 11211 memcached memcache
elasticsearch 9200 elasticsearch es opensearch
cassandra 9042 cassandra
clickhouse 8123 clickhouse
neo4j 7687 neo4j neo4js bolt bolts
nats 4222 nats
mqtt 1883 mqtt
mqtt 8883 mqtts
zookeeper 2181 zookeeper zk
ldap 389 ldap
ldap 636 ldaps
smtp 25 smtp
smtp 465 smtps
ssh 22 ssh sftp git+ssh scp
ftp 21 ftp
ftp 990 ftps
imap 143 imap
imap 993 imaps
tcp 1080 socks4 socks4a socks5 socks5h
tcp 0 tcp tls ssl udp dns xds grpc grpcs plaintext sasl_plaintext sasl_ssl git consul etcd statsd thrift ipp rtsp stomp
"""

LOCAL = frozenset(
    {"file", "sqlite", "duckdb", "memory", "mem", "data", "about", "mailto", "urn", "blob", "javascript", "tel"}
)
"""Schemes that lead to no other machine."""

WEB = frozenset({"http", "https", "ws", "wss", "ftp"})
"""Schemes whose clients disagree most: what WHATWG calls special."""


def _read(table: str) -> dict[str, tuple[str, int | None]]:
    schemes: dict[str, tuple[str, int | None]] = {}
    for line in table.split("\n"):
        if line:
            system, port, *names = line.split()
            schemes.update(dict.fromkeys(names, (system, int(port) or None)))
    return schemes


SCHEMES = _read(_TABLE)
"""Scheme: the system and its port."""


def system_of(scheme: str) -> tuple[str, int | None]:
    """The system and default port of a scheme such as ``postgresql+psycopg``; empty and None if it is unknown."""
    known = SCHEMES.get(scheme)
    if known is None:
        known = SCHEMES.get(scheme.partition("+")[0])
    return known or ("", None)
