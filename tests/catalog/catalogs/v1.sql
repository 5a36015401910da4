BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE catalog_state (
	id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	answering_model VARCHAR, 
	previous_model VARCHAR, 
	CONSTRAINT pk_catalog_state PRIMARY KEY (id)
);
INSERT INTO "catalog_state" VALUES(1,7,'clip@1','starter@1');
CREATE TABLE embedding (
	model_key INTEGER NOT NULL, 
	photo_id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	vector BLOB NOT NULL, 
	CONSTRAINT pk_embedding PRIMARY KEY (model_key, photo_id), 
	CONSTRAINT fk_embedding_model_key FOREIGN KEY(model_key) REFERENCES model (model_key) ON DELETE CASCADE, 
	CONSTRAINT fk_embedding_photo_id FOREIGN KEY(photo_id) REFERENCES photo (photo_id) ON DELETE CASCADE
);
INSERT INTO "embedding" VALUES(1,1,3,X'9A99193F00000000CDCC4CBF00000000');
INSERT INTO "embedding" VALUES(1,4,3,X'00000000CDCC4CBF000000009A99193F');
INSERT INTO "embedding" VALUES(2,1,4,X'9A99193F00000000CDCC4CBF');
CREATE TABLE folder (
	folder_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	path BLOB NOT NULL, 
	added_at DOUBLE NOT NULL, 
	missing_since DOUBLE, 
	CONSTRAINT uq_folder_path UNIQUE (path)
);
INSERT INTO "folder" VALUES(1,X'2F686F6D652F6164612F5069637475726573',1589800000.25,NULL);
CREATE TABLE model (
	model_key INTEGER NOT NULL, 
	model_id VARCHAR NOT NULL, 
	dim INTEGER NOT NULL, 
	CONSTRAINT pk_model PRIMARY KEY (model_key), 
	CONSTRAINT uq_model_model_id UNIQUE (model_id)
);
INSERT INTO "model" VALUES(1,'clip@1',4);
INSERT INTO "model" VALUES(2,'starter@1',3);
CREATE TABLE photo (
	photo_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	folder_id INTEGER NOT NULL, 
	is_stale BOOLEAN NOT NULL, 
	missing_since DOUBLE, 
	sorted_at DOUBLE NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	mtime_ns INTEGER NOT NULL, 
	problem VARCHAR, 
	skipped_because VARCHAR, 
	relative_path BLOB NOT NULL, 
	content_hash VARCHAR, 
	width_px INTEGER, 
	height_px INTEGER, 
	orientation INTEGER, 
	taken_at DATETIME, 
	taken_from VARCHAR, 
	camera VARCHAR, 
	lens VARCHAR, 
	latitude DOUBLE, 
	longitude DOUBLE, 
	format VARCHAR, 
	first_seen_at DOUBLE NOT NULL, 
	CONSTRAINT uq_photo_folder_id UNIQUE (folder_id, relative_path), 
	CONSTRAINT fk_photo_folder_id FOREIGN KEY(folder_id) REFERENCES folder (folder_id) ON DELETE CASCADE
);
INSERT INTO "photo" VALUES(1,1,0,NULL,1589718615.25,2500000,1589700000000000000,NULL,NULL,X'323032302F7265642E6A7067','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',3000,4000,6,'2020-05-17 12:30:15.250000','exif','Canon EOS 70D','EF-S 18-135',-33.86,151.21,'JPEG',1589800000.5);
INSERT INTO "photo" VALUES(2,1,0,NULL,1589700001.0,2500001,1589700001000000000,NULL,NULL,X'323032302F6E65772E6A7067',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1589800000.5);
INSERT INTO "photo" VALUES(3,1,0,NULL,1589700002.0,2500002,1589700002000000000,'The file is cut short.',NULL,X'636166E92E6A7067','cccccccccccccccccccccccccccccccc',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1589800000.5);
INSERT INTO "photo" VALUES(4,1,0,1589900000.5,1589706000.0,2500003,1589700003000000000,NULL,NULL,X'676F6E652E706E67','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',800,600,1,'2020-05-17 09:00:00.000000','file',NULL,NULL,NULL,NULL,'PNG',1589800000.5);
INSERT INTO "photo" VALUES(5,1,0,NULL,1589700004.0,2500004,1589700004000000000,NULL,'It is smaller than 64 pixels.',X'69636F6E732F74696E792E706E67','dddddddddddddddddddddddddddddddd',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1589800000.5);
CREATE INDEX ix_photo_content_hash ON photo (content_hash);
CREATE INDEX ix_photo_newest ON photo (sorted_at DESC, photo_id, folder_id) WHERE problem IS NULL AND skipped_because IS NULL AND missing_since IS NULL;
CREATE INDEX ix_photo_readable ON photo (folder_id) WHERE problem IS NULL AND skipped_because IS NULL AND missing_since IS NULL;
CREATE INDEX ix_photo_troubled ON photo (folder_id) WHERE problem IS NOT NULL AND skipped_because IS NULL AND missing_since IS NULL;
CREATE INDEX ix_photo_gone ON photo (folder_id) WHERE missing_since IS NOT NULL AND skipped_because IS NULL;
CREATE INDEX ix_embedding_revision ON embedding (model_key, revision, photo_id);
CREATE INDEX ix_embedding_photo ON embedding (photo_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('folder',1);
INSERT INTO "sqlite_sequence" VALUES('photo',5);
COMMIT;
