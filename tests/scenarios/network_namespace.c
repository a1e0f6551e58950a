// SPDX-License-Identifier: GPL-2.0-or-later
/* How a program gets its own network and breaks it, without any tool. */
#include "network_namespace.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scenario.h"

#ifndef SOCK_DESTROY
#define SOCK_DESTROY 21
#endif

void network_namespace_enter(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET) < 0)
		scenario_skip("no network namespace: %s", strerror(errno));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		scenario_die("bringing up the loopback device");
	close(fd);
}

void network_link_local(struct sockaddr_in6 *ret_address)
{
	/* struct in6_ifreq of linux/ipv6.h, which conflicts with netinet/in.h. */
	struct {
		struct in6_addr address;
		uint32_t prefix_length;
		int interface;
	} request = { .address.s6_addr = { 0xfe, 0x80, [15] = 7 }, .prefix_length = 64 };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		scenario_skip("no IPv6 here: %s", strerror(errno));
	request.interface = (int)if_nametoindex("lo");
	if (ioctl(fd, SIOCSIFADDR, &request) < 0)
		scenario_die("a link-local address");
	*ret_address = (struct sockaddr_in6){ .sin6_family = AF_INET6,
					      .sin6_addr = request.address,
					      .sin6_scope_id = (uint32_t)request.interface };
	/* The kernel makes it valid a little later. */
	while (bind(fd, (struct sockaddr *)ret_address, sizeof(*ret_address)) < 0) {
		if (errno != EADDRNOTAVAIL)
			scenario_die("binding to a link-local address");
		poll(NULL, 0, 10);
	}
	close(fd);
}

static void attach_filter(int fd, struct sock_filter *code, unsigned short count)
{
	struct sock_fprog filter = { .len = count, .filter = code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0)
		scenario_die("SO_ATTACH_FILTER");
}

void network_drop_all(int fd)
{
	struct sock_filter keep_nothing = BPF_STMT(BPF_RET | BPF_K, 0);

	attach_filter(fd, &keep_nothing, 1);
}

void network_drop_plain_acks(int listener)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13), /* the flags of the TCP header */
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TH_SYN | TH_FIN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	attach_filter(listener, code, sizeof(code) / sizeof(code[0]));
}

static void socket_identify(int fd, struct inet_diag_sockid *ret_id)
{
	struct sockaddr_in local, peer;
	socklen_t local_length = sizeof(local), peer_length = sizeof(peer);

	if (getsockname(fd, (struct sockaddr *)&local, &local_length) < 0 ||
	    getpeername(fd, (struct sockaddr *)&peer, &peer_length) < 0)
		scenario_die("the addresses of fd %d", fd);
	memset(ret_id, 0, sizeof(*ret_id));
	ret_id->idiag_sport = local.sin_port;
	ret_id->idiag_dport = peer.sin_port;
	ret_id->idiag_src[0] = local.sin_addr.s_addr;
	ret_id->idiag_dst[0] = peer.sin_addr.s_addr;
	ret_id->idiag_cookie[0] = ret_id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
}

void network_destroy(int fd)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 request;
	} message = {
		.header = { .nlmsg_len = sizeof(message),
			    .nlmsg_type = SOCK_DESTROY,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.request = { .sdiag_family = AF_INET,
			     .sdiag_protocol = IPPROTO_TCP,
			     .idiag_states = ~0u },
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char request[256];
	} answer;
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (netlink < 0)
		scenario_skip("no NETLINK_SOCK_DIAG: %s", strerror(errno));
	socket_identify(fd, &message.request.id);
	if (send(netlink, &message, sizeof(message), 0) != sizeof(message) ||
	    recv(netlink, &answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(int)))
		scenario_die("NETLINK_SOCK_DIAG");
	if (answer.header.nlmsg_type != NLMSG_ERROR)
		scenario_die("SOCK_DESTROY was answered by message %d", answer.header.nlmsg_type);
	/* -EOPNOTSUPP without CONFIG_INET_DIAG_DESTROY, -ENOENT without the module tcp_diag. */
	if (answer.error.error == -EOPNOTSUPP || answer.error.error == -ENOENT)
		scenario_skip("no SOCK_DESTROY: %s", strerror(-answer.error.error));
	errno = -answer.error.error;
	if (errno)
		scenario_die("SOCK_DESTROY");
	close(netlink);
}
