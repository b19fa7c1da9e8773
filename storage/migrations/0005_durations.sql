BEGIN;

-- How long the newest tasks of each resolution took at the provider, for the times at which tasks are asked about.
CREATE TABLE task_duration (
    id INTEGER PRIMARY KEY,
    resolution TEXT NOT NULL,
    milliseconds INTEGER NOT NULL CHECK (milliseconds > 0)
) STRICT;
CREATE INDEX task_duration_newest ON task_duration (resolution, id);

INSERT INTO task_duration (resolution, milliseconds)
SELECT resolution, seconds * 1000 FROM (
    SELECT request.resolution AS resolution, job.delivering_at - job.running_at AS seconds, job.delivering_at AS ended
    FROM job JOIN request ON request.id = job.request_id
    WHERE job.delivering_at IS NOT NULL ORDER BY job.delivering_at DESC LIMIT 300
) WHERE seconds > 0 ORDER BY ended;

PRAGMA user_version = 5;
COMMIT;
