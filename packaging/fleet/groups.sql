-- SPDX-License-Identifier: GPL-2.0-or-later
-- Groups of deaths, by how many hosts have them. An incident that arrived twice counts once.
WITH line AS (
    SELECT DISTINCT kind, host, session, id, of, "group", class, process.unit AS unit, process.pid AS pid,
           coalesce(count, 1) AS deaths, coalesce(first, time) AS since
    FROM read_json('/var/log/sigpath-fleet/*.jsonl', format = 'newline_delimited', columns = {
         kind: 'VARCHAR', host: 'VARCHAR', session: 'VARCHAR', id: 'VARCHAR', of: 'VARCHAR',
         "group": 'VARCHAR', class: 'VARCHAR', outcome: 'VARCHAR', process: 'STRUCT(unit VARCHAR, pid BIGINT)',
         count: 'BIGINT', first: 'VARCHAR', time: 'VARCHAR'})
    WHERE kind IN ('incident', 'repeat') AND outcome = 'killed'
)
SELECT "group", count(DISTINCT host)::INTEGER AS hosts, sum(deaths)::INTEGER AS deaths,
       list_sort(list(DISTINCT unit)) AS units, any_value(class) AS class, min(since) AS since
FROM line
GROUP BY "group"
ORDER BY hosts DESC, deaths DESC;
