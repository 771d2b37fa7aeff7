-- The table whose plan flips. 250,000 tokens, 97.2 % of them of client 0, the platform's own app; 15.3 in each bucket.
-- Transient statistics (innodb_stats_persistent=OFF) sample 8 random leaf pages; where all 8 hold client 0 alone,
-- ix_client looks selective.
CREATE DATABASE lab;
USE lab;

CREATE TABLE token (
    id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
    bucket SMALLINT UNSIGNED NOT NULL,
    client_id INT UNSIGNED NOT NULL,
    secret BINARY(20) NOT NULL,
    account_id INT UNSIGNED NOT NULL,
    scopes VARCHAR(64) NOT NULL DEFAULT 'read',
    revoked TINYINT NOT NULL DEFAULT 0,
    expires_at DATETIME NOT NULL,
    pad CHAR(120) NOT NULL DEFAULT '',
    KEY ix_bucket (bucket),
    KEY ix_client (client_id)
) ENGINE = InnoDB;

INSERT INTO token (bucket, client_id, secret, account_id, expires_at)
SELECT MOD(CONV(LEFT(h, 8), 16, 10), 16339), IF(seq % 1000 < 28, seq, 0), UNHEX(h), seq % 5000, '2030-01-01'
FROM (SELECT seq, SHA1(CONCAT('tok', seq)) AS h FROM seq_1_to_250000) AS hashed;

-- Rebuilt: dense and sorted index leaves. Without the rebuild the plan of a table of this size hardly ever flips.
ALTER TABLE token ENGINE = InnoDB;

-- One credential per token 1 … 20,000. Its key is unique in fact and not by index: with a UNIQUE KEY the optimizer
-- would read the row while it plans, know the constants, and never choose wrongly.
CREATE TABLE credential (
    id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
    api_key CHAR(16) NOT NULL,
    bucket SMALLINT UNSIGNED NOT NULL,
    client_id INT UNSIGNED NOT NULL,
    enabled TINYINT NOT NULL DEFAULT 1,
    KEY ix_key (api_key)
) ENGINE = InnoDB;

INSERT INTO credential (api_key, bucket, client_id)
SELECT LEFT(SHA1(CONCAT('key', seq)), 16), MOD(CONV(LEFT(SHA1(CONCAT('tok', seq)), 8), 16, 10), 16339),
       IF(seq % 1000 < 28, seq, 0)
FROM seq_1_to_20000;

ANALYZE TABLE token, credential;
