// SPDX-License-Identifier: GPL-2.0-or-later
/* Names and ports. In namespaces of their own all worlds use the same few, again and again. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "network.h"
#include "stage.h"

#define PORTS_INNER 7000
#define PORTS_HOST 20000 /* below those that the kernel chooses */
#define PORTS_EACH 64
#define CLIENT_PORTS 32

static void unix_name(const struct world *world, struct address *ret_address)
{
	struct sockaddr_un *name = (void *)&ret_address->storage;
	bool abstract = world->plan->object == OBJECT_UNIX_STREAM_ABSTRACT ||
			world->plan->object == OBJECT_UNIX_SEQPACKET_ABSTRACT;
	int length;

	name->sun_family = AF_UNIX;
	length = snprintf(name->sun_path, sizeof(name->sun_path), "%ck%d/socket%d",
			  abstract ? '@' : '.', world->number, world->plan->server_port);
	if (!abstract) {
		memmove(name->sun_path, name->sun_path + 1, length);
		length--;
	} else {
		name->sun_path[0] = '\0';
	}
	ret_address->size = offsetof(struct sockaddr_un, sun_path) + length + !abstract;
}

static void ip_address(int family, const char *text, int port, struct address *ret_address)
{
	struct sockaddr_in *in = (void *)&ret_address->storage;
	struct sockaddr_in6 *in6 = (void *)&ret_address->storage;

	if (family == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		inet_pton(AF_INET, text, &in->sin_addr);
		ret_address->size = sizeof(*in);
	} else {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		inet_pton(AF_INET6, text, &in6->sin6_addr);
		ret_address->size = sizeof(*in6);
	}
}

/*
 * VARIANT: the next ones, where the plan's are in use; -1: as a client names the server. A listener
 * for both families has another address than its IPv4 client names.
 */
void address_make(const struct world *world, int variant, struct address *ret_server,
		  struct address *ret_client)
{
	const struct plan *plan = world->plan;
	int step = variant < 0 ? 0 : variant;
	int base = plan->inner_network ? PORTS_INNER : PORTS_HOST + world->number * PORTS_EACH;
	int server = base + (plan->server_port + step) % CLIENT_PORTS;
	int client = base + CLIENT_PORTS + (plan->client_port - 1 + step) % CLIENT_PORTS;
	const char *here = "127.0.0.1", *there = "127.0.0.1";
	int family = plan->object == OBJECT_TCP6 ? AF_INET6 : AF_INET;

	memset(ret_server, 0, sizeof(*ret_server));
	memset(ret_client, 0, sizeof(*ret_client));
	if (!plan_is_tcp(plan)) {
		unix_name(world, ret_server);
		return;
	}
	if (family == AF_INET6)
		here = there = "::1";
	if (plan->object == OBJECT_TCP_VETH) {
		here = NETWORK_INNER_ADDRESS;
		there = NETWORK_OTHER_ADDRESS;
	}
	if (plan->object == OBJECT_TCP_MAPPED && variant >= 0)
		ip_address(AF_INET6, "::", server, ret_server);
	else
		ip_address(family, here, server, ret_server);
	if (plan->client_port)
		ip_address(family, there, client, ret_client);
}
