-- Passwords of a lab that no network reaches. root@localhost needs none: the socket has the credentials.
CREATE USER api@'%' IDENTIFIED BY 'api';
GRANT SELECT, INSERT, UPDATE, DELETE ON lab.* TO api@'%';
CREATE USER replication@'%' IDENTIFIED BY 'replication';
GRANT REPLICATION SLAVE ON *.* TO replication@'%';
CREATE USER health@'%';
