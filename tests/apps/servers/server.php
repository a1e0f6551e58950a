<?php
// SPDX-License-Identifier: GPL-2.0-or-later
// The script of php's own web server. The environment has SOURCE, LOG_TCP and LOG_UNIX.
// /down copies what the source sends. /tcp and /unix write lines to a log that may be gone, one
// for each answer of the source.
ignore_user_abort(true);
$way = $_SERVER['REQUEST_URI'];
$source = stream_socket_client(getenv('SOURCE'));
fwrite($source, "GET / HTTP/1.0\r\n\r\n");
$log = null;
if ($way != '/down') {
	$log = stream_socket_client(getenv($way == '/tcp' ? 'LOG_TCP' : 'LOG_UNIX'));
	fwrite($log, "begin\n");
}
while (($data = fread($source, 65536)) !== false && $data !== '') {
	if ($log) {
		fwrite($log, $data); // nobody looks at the result
	} else {
		echo $data;
		flush();
	}
}
