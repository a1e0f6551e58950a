// SPDX-License-Identifier: GPL-2.0-or-later
/* The way to a syslog server: its address, and what is sent again on a new connection. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "syslog_message.h"
#include "syslog_stream.h"
#include "units.h"

/* --- addresses --- */

static void addresses(void **state)
{
	static const struct {
		const char *text;
		enum syslog_transport transport;
		bool is_name;
		const char *host, *port, *name;
	} cases[] = {
		{ NULL, SYSLOG_LOCAL, false, "/dev/log", "", "syslog" },
		{ "/dev/log", SYSLOG_LOCAL, false, "/dev/log", "", "syslog:/dev/log" },
		{ "/run/systemd/journal.web/dev-log", SYSLOG_LOCAL, false,
		  "/run/systemd/journal.web/dev-log", "",
		  "syslog:/run/systemd/journal.web/dev-log" },
		{ "/run/x", SYSLOG_UNIX, false, "/run/x", "", "syslog:/run/x" },
		{ "udp://10.0.0.1", SYSLOG_UDP, false, "10.0.0.1", "514",
		  "syslog:udp://10.0.0.1:514" },
		{ "tcp://log.example", SYSLOG_TCP, true, "log.example", "601",
		  "syslog:tcp://log.example:601" },
		{ "tcp://[2001:db8::1]", SYSLOG_TCP, false, "2001:db8::1", "601",
		  "syslog:tcp://[2001:db8::1]:601" },
		{ "udp://[fe80::1%eth0]:5140", SYSLOG_UDP, false, "fe80::1%eth0", "5140",
		  "syslog:udp://[fe80::1%eth0]:5140" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct syslog_address address;
		struct strbuf why = { 0 };

		assert_int_equal(syslog_address_parse(cases[i].text, &address, &why), 0);
		assert_int_equal(address.transport, cases[i].transport);
		assert_int_equal(address.is_name, cases[i].is_name);
		assert_string_equal(address.host, cases[i].host);
		assert_string_equal(address.port, cases[i].port);
		assert_string_equal(address.text, cases[i].name);
	}
}

/* Any bytes: no crash, and what is refused has a reason. */
static void hostile_addresses(void **state)
{
	char text[700];

	for (size_t length = 0; length < sizeof(text); length++) {
		static const char *const begins[] = { "/", "tcp://", "udp://[", "tcp://[::1]:" };

		for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
			struct syslog_address address;
			struct strbuf why = { 0 };
			int error;

			memset(text, length % 2 ? 'x' : '\x1b', sizeof(text));
			memcpy(text, begins[i], strlen(begins[i]));
			text[length < strlen(begins[i]) ? strlen(begins[i]) : length] = '\0';
			error = syslog_address_parse(text, &address, &why);
			assert_true(error == 0 || (error == -EINVAL && why.length));
			strbuf_free(&why);
		}
	}
}

/* --- the stream --- */

static size_t take(int fd, char *bytes, size_t size)
{
	ssize_t got = recv(fd, bytes, size - 1, MSG_DONTWAIT);

	bytes[got > 0 ? got : 0] = '\0';
	return got > 0 ? (size_t)got : 0;
}

static void what_is_sent_again(void **state)
{
	struct syslog_stream stream = { 0 };
	char bytes[256];
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(stream_add(&stream, "first", 5, true), 0);
	assert_int_equal(stream_add(&stream, "second one", 10, true), 0);
	assert_int_equal(stream_write(&stream, ends[0]), 0);
	take(ends[1], bytes, sizeof(bytes));
	assert_string_equal(bytes, "5 first10 second one");
	/* The last 3 bytes have not arrived: the second is sent again, whole; the first is not. */
	stream_acknowledge(&stream, 3);
	stream_rewind(&stream);
	assert_int_equal(stream_write(&stream, ends[0]), 0);
	take(ends[1], bytes, sizeof(bytes));
	assert_string_equal(bytes, "10 second one");
	/* More than was written, which a kernel may say after a reset. */
	stream_acknowledge(&stream, 1000);
	assert_int_equal(stream.count, 1);
	stream_acknowledge(&stream, 0);
	assert_int_equal(stream.count, 0);
	assert_int_equal(stream.length, 0);
	stream_free(&stream);
	close(ends[0]);
	close(ends[1]);
}

static void torn_write(void **state)
{
	static char message[100000];
	const int size = 4096;
	struct syslog_stream stream = { 0 };
	int ends[2];

	memset(message, 'm', sizeof(message));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	assert_int_equal(stream_add(&stream, message, sizeof(message), false), 0);
	assert_int_equal(stream_write(&stream, ends[0]), -EAGAIN);
	assert_in_range(stream.written, 1, sizeof(message) - 1);
	/* A part has arrived: that is nothing. */
	stream_acknowledge(&stream, 0);
	assert_int_equal(stream.count, 1);
	close(ends[1]);
	assert_int_equal(stream_write(&stream, ends[0]), -EPIPE);
	stream_rewind(&stream);
	assert_int_equal(stream.written, 0);
	assert_int_equal(stream.length, sizeof(message) + 1);
	assert_int_equal(stream.bytes[sizeof(message)], '\n');
	stream_free(&stream);
	close(ends[0]);
}

static void full_stream(void **state)
{
	static char message[SYSLOG_SIZE_DEFAULT];
	struct syslog_stream stream = { 0 };
	size_t count = 0;

	while (stream_add(&stream, message, sizeof(message), true) == 0)
		count++;
	assert_int_equal(count, STREAM_BYTES / (sizeof(message) + strlen("8192 ")));
	stream_free(&stream);
	count = 0;
	while (stream_add(&stream, "", 0, true) == 0)
		count++;
	assert_int_equal(count, STREAM_MESSAGES);
	stream_free(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),	      cmocka_unit_test(hostile_addresses),
		cmocka_unit_test(what_is_sent_again), cmocka_unit_test(torn_write),
		cmocka_unit_test(full_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
