// SPDX-License-Identifier: GPL-2.0-or-later
/* object: what did the fd refer to? The values come from fstat and from the socket itself. */
#include "fact.h"

#include <arpa/inet.h>
/* linux/tcp.h, because the tcp_info of netinet/tcp.h has no byte counters. */
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "scenario.h"

void addresses_take(int fd, struct addresses *ret_addresses)
{
	memset(ret_addresses, 0, sizeof(*ret_addresses));
	ret_addresses->local_length = sizeof(ret_addresses->local);
	ret_addresses->peer_length = sizeof(ret_addresses->peer);
	if (getsockname(fd, (struct sockaddr *)&ret_addresses->local,
			&ret_addresses->local_length) < 0)
		scenario_die("getsockname");
	if (getpeername(fd, (struct sockaddr *)&ret_addresses->peer, &ret_addresses->peer_length) <
	    0)
		scenario_die("getpeername");
}

static void open_object(struct fact *fact, int fd, const char *type)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		scenario_die("fstat");
	fact_open(fact, "object");
	fact_text(fact, "type", type);
	fact_number(fact, "inode", st.st_ino);
}

void fact_object(struct fact *fact, int fd, const char *type, const char *family)
{
	open_object(fact, fd, type);
	if (family)
		fact_text(fact, "family", family);
	fact_close(fact);
}

void fact_pipe(struct fact *fact, int fd)
{
	open_object(fact, fd, "pipe");
	fact_number(fact, "readers", 0);
	fact_number(fact, "writers", 1);
	fact_close(fact);
	fact_cause(fact, "reader_closed");
}

void fact_fifo(struct fact *fact, int fd, const char *path)
{
	open_object(fact, fd, "fifo");
	fact_number(fact, "readers", 0);
	fact_number(fact, "writers", 1);
	fact_text(fact, "path", path);
	fact_close(fact);
	fact_cause(fact, "reader_closed");
}

static void add_address(struct fact *fact, const char *key, const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
	bool is_v6 = address->ss_family == AF_INET6;
	char text[INET6_ADDRSTRLEN], device[IF_NAMESIZE];

	if (!inet_ntop(address->ss_family, is_v6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr,
		       text, sizeof(text)))
		scenario_die("inet_ntop");
	fact_open(fact, key);
	fact_text(fact, "address", text);
	/* The name is one of this process's network namespace. */
	if (is_v6 && v6->sin6_scope_id && if_indextoname(v6->sin6_scope_id, device))
		fact_text(fact, "scope", device);
	else
		fact_json(fact, "scope", "null");
	fact_number(fact, "port", ntohs(is_v6 ? v6->sin6_port : v4->sin_port));
	fact_close(fact);
}

void fact_tcp(struct fact *fact, int fd, const struct addresses *addresses, const char *state,
	      const char *ulp)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		scenario_die("TCP_INFO");
	open_object(fact, fd, "tcp");
	fact_text(fact, "family", addresses->local.ss_family == AF_INET6 ? "inet6" : "inet");
	add_address(fact, "local", &addresses->local);
	add_address(fact, "peer", &addresses->peer);
	fact_text(fact, "state", state);
	fact_number(fact, "bytes_sent", info.tcpi_bytes_sent);
	fact_number(fact, "bytes_acked", info.tcpi_bytes_acked);
	fact_number(fact, "bytes_received", info.tcpi_bytes_received);
	if (ulp)
		fact_text(fact, "ulp", ulp);
	fact_close(fact);
}

void fact_unix(struct fact *fact, int fd, const char *path_key, const char *path, pid_t peer_pid)
{
	open_object(fact, fd, "unix");
	fact_text(fact, "family", "unix");
	if (path_key)
		fact_text(fact, path_key, path);
	if (peer_pid)
		fact_number(fact, "peer_pid", peer_pid);
	fact_close(fact);
	fact_cause(fact, "peer_closed");
}
