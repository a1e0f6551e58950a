-- SPDX-License-Identifier: GPL-2.0-or-later
-- Groups of deaths in the entries that journalctl printed, by how many hosts have them.
WITH entry AS (
    SELECT DISTINCT SIGPATH_HOST AS host, SIGPATH_SESSION AS session, SIGPATH_ID AS id, SIGPATH_OF AS of,
           SIGPATH_GROUP AS "group", SIGPATH_CLASS AS class, SIGPATH_UNIT AS unit, SIGPATH_PID AS pid,
           coalesce(SIGPATH_COUNT::BIGINT, 1) AS deaths, coalesce(SIGPATH_FIRST, SIGPATH_TIME) AS since
    FROM read_json('/var/tmp/fleet.json', format = 'newline_delimited', columns = {
         SIGPATH_HOST: 'VARCHAR', SIGPATH_SESSION: 'VARCHAR', SIGPATH_ID: 'VARCHAR', SIGPATH_OF: 'VARCHAR',
         SIGPATH_GROUP: 'VARCHAR', SIGPATH_CLASS: 'VARCHAR', SIGPATH_UNIT: 'VARCHAR', SIGPATH_PID: 'VARCHAR',
         SIGPATH_COUNT: 'VARCHAR', SIGPATH_FIRST: 'VARCHAR', SIGPATH_TIME: 'VARCHAR'})
)
SELECT "group", count(DISTINCT host)::INTEGER AS hosts, sum(deaths)::INTEGER AS deaths,
       list_sort(list(DISTINCT unit)) AS units, any_value(class) AS class, min(since) AS since
FROM entry
GROUP BY "group"
ORDER BY hosts DESC, deaths DESC;
