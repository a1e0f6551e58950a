// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the SQL of a file in DuckDB and prints the rows as JSON.
// usage: NODE_PATH=DIR/node_modules node query.js FILE
"use strict";
const fs = require("fs");
const { DuckDBInstance } = require("@duckdb/node-api");

async function main() {
	const instance = await DuckDBInstance.create(":memory:");
	const connection = await instance.connect();
	const reader = await connection.runAndReadAll(fs.readFileSync(process.argv[2], "utf8"));
	console.log(JSON.stringify(reader.getRowObjectsJson()));
}

main().catch((error) => {
	console.error(String(error));
	process.exit(1);
});
