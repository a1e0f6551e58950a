// SPDX-License-Identifier: GPL-2.0-or-later
/* Builds the JSON of one expected incident: the general functions, and the system call. */
#include "fact.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario.h"

#if defined(__x86_64__) && defined(__ILP32__)
#define ABI "x32"
#elif defined(__x86_64__)
#define ABI "x86_64"
#elif defined(__i386__)
#define ABI "i386"
#elif defined(__aarch64__)
#define ABI "aarch64"
#elif defined(__arm__)
#define ABI "arm"
#elif defined(__riscv) && __riscv_xlen == 64
#define ABI "riscv64"
#endif

static void add(struct fact *fact, const char *format, ...) __attribute__((format(printf, 2, 3)));

__attribute__((format(printf, 2, 0))) static void add_va(struct fact *fact, const char *format,
							 va_list args)
{
	size_t room = sizeof(fact->text) - fact->length;
	int length = vsnprintf(fact->text + fact->length, room, format, args);

	errno = 0;
	if (length < 0 || (size_t)length >= room)
		scenario_die("a fact is longer than %d bytes", FACT_BYTES);
	fact->length += length;
}

static void add(struct fact *fact, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_va(fact, format, args);
	va_end(args);
}

static void add_string(struct fact *fact, const char *text)
{
	add(fact, "\"");
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < 0x20)
			add(fact, "\\u%04x", *c);
		else if (*c == '"' || *c == '\\')
			add(fact, "\\%c", *c);
		else
			add(fact, "%c", *c);
	}
	add(fact, "\"");
}

static void add_key(struct fact *fact, const char *key)
{
	if (fact->text[fact->length - 1] != '{')
		add(fact, ",");
	add_string(fact, key);
	add(fact, ":");
}

void fact_start(struct fact *fact)
{
	fact->length = 0;
	add(fact, "{");
}

void fact_open(struct fact *fact, const char *key)
{
	add_key(fact, key);
	add(fact, "{");
}

void fact_close(struct fact *fact)
{
	add(fact, "}");
}

void fact_text(struct fact *fact, const char *key, const char *text)
{
	add_key(fact, key);
	add_string(fact, text);
}

void fact_number(struct fact *fact, const char *key, long long number)
{
	add_key(fact, key);
	add(fact, "%lld", number);
}

void fact_json(struct fact *fact, const char *key, const char *format, ...)
{
	va_list args;

	add_key(fact, key);
	va_start(args, format);
	add_va(fact, format, args);
	va_end(args);
}

void fact_missing(struct fact *fact, const char *field)
{
	fact_json(fact, "missing", "{\"$contains\":[{\"field\":\"%s\"}]}", field);
}

static void line_write(const char *line, size_t length)
{
	const char *text = getenv("SCENARIO_FACTS_FD");
	int fd = text ? atoi(text) : STDOUT_FILENO;

	while (length > 0) {
		ssize_t written = write(fd, line, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			scenario_die("writing a fact");
		line += written;
		length -= written;
	}
}

void fact_emit(const struct fact *fact, const char *label)
{
	char line[FACT_BYTES + 128];
	int length;

	length = snprintf(line, sizeof(line), "{\"label\":\"%s\",\"fact\":%s}}\n",
			  label ? label : "", fact->text);
	line_write(line, length);
}

void fact_emit_line(const struct fact *fact)
{
	char line[FACT_BYTES + 2];
	int length = snprintf(line, sizeof(line), "%s}\n", fact->text);

	line_write(line, length);
}

void fact_syscall(struct fact *fact, const char *name, long number, int fd, long long bytes,
		  const char *flags)
{
	fact_open(fact, "syscall");
	fact_text(fact, "name", name);
	fact_number(fact, "number", number);
	fact_text(fact, "abi", ABI);
	fact_number(fact, "fd", fd);
	fact_number(fact, "bytes", bytes);
	fact_json(fact, "flags", "%s", flags ? flags : "[]");
	fact_close(fact);
}

static void add_sender(struct fact *fact, const struct sender *sender)
{
	fact_open(fact, "sender");
	fact_number(fact, "pid", sender->pid);
	fact_number(fact, "tid", sender->tid);
	fact_number(fact, "uid", sender->uid);
	fact_text(fact, "comm", sender->comm);
	fact_text(fact, "syscall", sender->syscall);
	fact_close(fact);
}

void fact_signal(struct fact *fact, const struct signal_fact *expected)
{
	int number = expected->number ? expected->number : SIGPIPE;
	char name[32];

	snprintf(name, sizeof(name), "SIG%s", sigabbrev_np(number) ?: "RTMIN");
	fact_text(fact, "subject", expected->subject ?: expected->sender ? "sent" : "write");
	fact_text(fact, "outcome", expected->outcome);
	fact_json(fact, "group", "{\"$any\":true}");
	fact_open(fact, "signal");
	fact_text(fact, "name", name);
	fact_number(fact, "number", number);
	fact_text(fact, "origin", expected->sender ? "process" : "kernel");
	fact_json(fact, "code", expected->code_name ? "{\"$any\":true}" : "null");
	fact_json(fact, "code_name", expected->code_name ? "\"%s\"" : "null", expected->code_name);
	fact_text(fact, "disposition", expected->disposition);
	if (expected->reason)
		fact_text(fact, "disposition_text", expected->reason);
	fact_json(fact, "blocked", expected->blocked ? "true" : "false");
	if (expected->result)
		fact_text(fact, "result", expected->result);
	if (expected->handler)
		fact_json(fact, "handler", "\"%#llx\"", (unsigned long long)expected->handler);
	else
		fact_json(fact, "handler", "null");
	if (expected->sender)
		add_sender(fact, expected->sender);
	else
		fact_json(fact, "sender", "null");
	fact_close(fact);
	if (expected->sender && !expected->subject)
		fact_cause(fact, expected->by_itself ? "sent_by_itself" : "sent_by_process");
}

void fact_killed(struct fact *fact)
{
	fact_signal(fact, &(struct signal_fact){ .disposition = "default",
						 .result = "delivered",
						 .outcome = "killed" });
}

void fact_ignored(struct fact *fact)
{
	fact_signal(fact, &(struct signal_fact){ .disposition = "ignore",
						 .result = "ignored",
						 .outcome = "ignored" });
}
