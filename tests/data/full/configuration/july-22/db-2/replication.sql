CHANGE MASTER TO master_host='10.78.0.31', master_port=3308, master_user='replication', master_password='replication', master_ssl=0, master_use_gtid=slave_pos, master_connect_retry=1;
START SLAVE;
