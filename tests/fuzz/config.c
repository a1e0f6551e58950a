// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is a configuration file, as a running trace takes it (SIGHUP). */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_file.h"
#include "log.h"
#include "rune.h"

#define MESSAGE_SIZE 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __wrap_log_message(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static unsigned int messages;

static void check(bool good)
{
	if (!good)
		__builtin_trap();
}

/* Instead of stderr: each message is one line that no terminal acts on, and is about the file. */
void __wrap_log_message(enum log_level level, const char *format, ...)
{
	static char text[MESSAGE_SIZE];
	va_list args;
	size_t length;
	uint32_t rune;

	va_start(args, format);
	check(vsnprintf(text, sizeof(text), format, args) < MESSAGE_SIZE);
	va_end(args);
	for (const char *at = text; *at; at += length) {
		length = rune_decode((const uint8_t *)at, strlen(at), &rune);
		check(length && !rune_is_invisible(rune));
	}
	check(level == LOG_ERROR && !strncmp(text, "x.conf:", 7));
	messages++;
}

/* What the file has set points into it. */
static void check_inside(const struct config *config, size_t size, const char *text)
{
	const char *begin = config->text.bytes, *end = begin + size;

	check(!text || (text >= begin && text < end && text + strlen(text) <= end));
}

static void check_options(const struct options *options, size_t size)
{
	const struct config *config = options->file;

	check(options->output_count <= OPTIONS_OUTPUTS_MAX && options->to_count <= OPTIONS_TO_MAX);
	check(!options->pid_count && !options->tid && !options->read && options->signals);
	for (size_t i = 0; i < options->comms.count; i++)
		check_inside(config, size, options->comms.list[i].text);
	check_inside(config, size, options->cgroup);
	check_inside(config, size, options->write);
	for (size_t i = 0; i < options->output_count; i++)
		check_inside(config, size, options->outputs[i].path);
	for (size_t i = 0; i < config->text.line_count; i++) {
		check(config->text.lines[i].option && config->text.lines[i].number);
		check_inside(config, size, config->text.lines[i].value);
	}
	for (size_t i = 0; i < option_count; i++)
		check(!options_differ(options, options, i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char program[] = "sigpath", option[] = "--config", path[] = "x.conf";
	static char *const argv[] = { program, option, path, NULL };
	const struct options start = { .own = argv };
	struct options options;
	char *bytes;

	if (size > CONFIG_BYTES_MAX)
		return 0;
	/* Of the right size, so that a read behind its end is seen. */
	bytes = malloc(size + 1);
	check(bytes);
	memcpy(bytes, data, size);
	bytes[size] = '\0';
	messages = 0;
	if (options_read_again(&start, bytes, size, &options)) {
		check(messages > 0 && messages <= 32);
		return 0;
	}
	check(!messages);
	check_options(&options, size);
	options_free(&options);
	return 0;
}
