-- What the API is for: accounts that look at events and book them.
USE lab;

CREATE TABLE account (
    id INT UNSIGNED PRIMARY KEY,
    name VARCHAR(64) NOT NULL
) ENGINE = InnoDB;

INSERT INTO account SELECT seq - 1, CONCAT('account ', seq - 1) FROM seq_1_to_5000;

-- The client chooses request_id: a request that is repeated books once, and every answer can be audited.
CREATE TABLE booking (
    id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
    request_id CHAR(36) NOT NULL,
    account_id INT UNSIGNED NOT NULL,
    event_id INT UNSIGNED NOT NULL,
    booked_at DATETIME(6) NOT NULL DEFAULT NOW(6),
    UNIQUE KEY uq_request (request_id)
) ENGINE = InnoDB;

-- 32 tables of 500 events. Event N is in table N mod 32. A report walks them all, and so re-opens tables.
DELIMITER //
BEGIN NOT ATOMIC
    DECLARE venues VARCHAR(200) DEFAULT 'Old Brewery,Harbour Stage,Winter Garden,Hall of Mirrors';
    FOR shard IN 0..31 DO
        EXECUTE IMMEDIATE CONCAT('CREATE TABLE event_', LPAD(shard, 2, '0'),
            ' (id INT UNSIGNED PRIMARY KEY, account_id INT UNSIGNED NOT NULL, venue VARCHAR(40) NOT NULL,',
            ' seats SMALLINT UNSIGNED NOT NULL, KEY ix_account (account_id)) ENGINE = InnoDB');
        EXECUTE IMMEDIATE CONCAT('INSERT INTO event_', LPAD(shard, 2, '0'),
            ' SELECT seq, (seq DIV 32) MOD 500, SUBSTRING_INDEX(SUBSTRING_INDEX(''', venues, ''', '','', ',
            '(seq + 3) MOD 4 + 1), '','', -1), 50 + seq * 7919 MOD 950 FROM seq_1_to_16000 WHERE seq MOD 32 = ', shard);
    END FOR;
END //
