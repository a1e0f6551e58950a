// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists that anything may be in, each item with or without a '!': --comm, --unit, --cause and
 * others, and the addresses of --peer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "option_table.h"

/* Removes the '!' of ITEM. An item with, and one without, cannot both be meant. COUNT: of the items
 * before. */
static int take_mark(const char **item, size_t count, bool *excluded, struct strbuf *why)
{
	bool marked = **item == '!';

	if (count && marked != *excluded)
		return parse_refuse(why, *item, "mixes items with and without '!'");
	*excluded = marked;
	*item += marked;
	return **item ? 0 : parse_refuse(why, *item, "is empty");
}

int parse_names(const struct option_spec *spec, const char *text, struct options *ret_options,
		struct strbuf *why)
{
	struct options_names *names = (void *)((char *)ret_options + spec->offset);
	const char *item = text;

	for (;;) {
		size_t length = strcspn(item, ",");
		struct options_name *name = &names->list[names->count];
		const char *start = item;
		int err;

		if (!length)
			return parse_refuse(why, text, "has an empty item");
		err = take_mark(&start, names->count, &names->excluded, why);
		if (err)
			return err;
		if (start == item + length)
			return parse_refuse(why, text, "has an empty item");
		if (names->count == OPTIONS_NAMES_MAX)
			return parse_refuse(why, text, "exceeds the limit of %d items",
					    OPTIONS_NAMES_MAX);
		*name = (struct options_name){ start, item + length - start };
		names->count++;
		if (!item[length])
			return 0;
		item += length + 1;
	}
}

int parse_comms(const struct option_spec *spec, const char *text, struct options *ret_options,
		struct strbuf *why)
{
	const struct options_names *names = (void *)((char *)ret_options + spec->offset);
	size_t before = names->count;
	int err = parse_names(spec, text, ret_options, why);

	for (size_t i = before; !err && i < names->count; i++) {
		const struct options_name *name = &names->list[i];
		cleanup(cleanup_free) char *typed = NULL;

		/* TASK_COMM_LEN is 16 with its NUL: a longer name would never match. */
		if (name->length < EV_COMM_LEN)
			continue;
		typed = strndup(name->text, name->length);
		err = parse_refuse(
			why, typed ?: text,
			"has %zu bytes, but the kernel keeps only the first %d of a name",
			name->length, EV_COMM_LEN - 1);
	}
	return err;
}

/* TEXT is an address, of which IPv4 becomes a mapped one of IPv6. */
static bool read_address(const char *text, struct in6_addr *ret_address)
{
	uint8_t *bytes = ret_address->s6_addr;

	if (inet_pton(AF_INET6, text, ret_address) == 1)
		return true;
	memset(bytes, 0, 10);
	memset(bytes + 10, 0xff, 2);
	return inet_pton(AF_INET, text, bytes + 12) == 1;
}

/* Ends TEXT where its port begins, which becomes RET_PORT; "" if it has none. */
static char *split_port(char *text, const char **ret_port)
{
	char *end = *text == '[' ? strchr(text, ']') : strchr(text, ':');

	*ret_port = "";
	/* Several colons without brackets: IPv6 without a port. */
	if (!end || (*text != '[' && strchr(end + 1, ':')))
		return text;
	if (*text == '[') {
		*end++ = '\0';
		text++;
		if (!*end)
			return text;
	}
	if (*end != ':' || !end[1])
		return NULL;
	*end = '\0';
	*ret_port = end + 1;
	return text;
}

static int take_peer(const struct option_spec *spec, const char *text, struct options *ret_options,
		     struct strbuf *why)
{
	struct options_peers *peers = &ret_options->peers;
	char buffer[INET6_ADDRSTRLEN + sizeof("[]:65535")], *address;
	const char *item = text, *port_text;
	struct options_peer peer = { 0 };
	uint64_t port = 0;
	int err = take_mark(&item, peers->count, &peers->excluded, why);

	if (err)
		return err;
	if (strlen(item) >= sizeof(buffer))
		return parse_expect(why, text, "ADDRESS or ADDRESS:PORT");
	strcpy(buffer, item);
	address = split_port(buffer, &port_text);
	if (!address || !read_address(address, &peer.address))
		return parse_expect(why, text,
				    "an address such as 10.0.0.7, 10.0.0.7:80, ::1 or [::1]:80");
	if (*port_text && (parse_number(port_text, &port) || !port || port > UINT16_MAX))
		return parse_expect(why, text, "a port from 1 to 65535");
	peer.port = (uint16_t)port;
	if (peers->count == OPTIONS_NAMES_MAX)
		return parse_refuse(why, text, "exceeds the limit of %d items", OPTIONS_NAMES_MAX);
	peers->list[peers->count++] = peer;
	return 0;
}

int parse_peers(const struct option_spec *spec, const char *text, struct options *ret_options,
		struct strbuf *why)
{
	return parse_items(spec, text, ret_options, why, take_peer);
}
