// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Network namespaces. They are made once for many worlds, because the kernel takes long to make and
 * to destroy one. In the inner one an address is free again at once.
 */
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actor.h"

#define DEVICE_INNER "inner0"
#define DEVICE_OTHER "other0"

struct message {
	struct nlmsghdr header;
	struct ifinfomsg link;
	char attributes[256];
};

static void *end_of(struct message *message)
{
	return (char *)message + NLMSG_ALIGN(message->header.nlmsg_len);
}

static struct rtattr *add(struct message *message, int type, const void *data, size_t size)
{
	struct rtattr *attribute = end_of(message);

	attribute->rta_type = type;
	attribute->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(attribute), data, size);
	message->header.nlmsg_len = NLMSG_ALIGN(message->header.nlmsg_len) + RTA_SPACE(size);
	return attribute;
}

static void nest_end(struct message *message, struct rtattr *nest)
{
	nest->rta_len = (char *)end_of(message) - (char *)nest;
}

static int talk(struct message *message)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[512];
	} answer;
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), err;

	if (netlink < 0 || send(netlink, message, message->header.nlmsg_len, 0) < 0 ||
	    recv(netlink, &answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(int)))
		err = -errno;
	else
		err = answer.error.error;
	close(netlink);
	return err;
}

/* ip link add other0 type veth peer name inner0 netns INNER */
static int veth_make(int inner)
{
	struct message message = {
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			    .nlmsg_type = RTM_NEWLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL },
	};
	struct rtattr *info, *data, *peer;
	struct ifinfomsg no_flags = { 0 };

	add(&message, IFLA_IFNAME, DEVICE_OTHER, sizeof(DEVICE_OTHER));
	info = add(&message, IFLA_LINKINFO, NULL, 0);
	add(&message, IFLA_INFO_KIND, "veth", strlen("veth"));
	data = add(&message, IFLA_INFO_DATA, NULL, 0);
	peer = add(&message, VETH_INFO_PEER, &no_flags, sizeof(no_flags));
	add(&message, IFLA_IFNAME, DEVICE_INNER, sizeof(DEVICE_INNER));
	add(&message, IFLA_NET_NS_FD, &inner, sizeof(inner));
	nest_end(&message, peer);
	nest_end(&message, data);
	nest_end(&message, info);
	return talk(&message);
}

/* Brings a device up. ADDRESS NULL: it has one already. */
static int device_up(const char *name, const char *address)
{
	struct ifreq request = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&request.ifr_addr;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	strcpy(request.ifr_name, name);
	if (address) {
		in->sin_family = AF_INET;
		inet_pton(AF_INET, address, &in->sin_addr);
		err = ioctl(fd, SIOCSIFADDR, &request);
		inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
		err = err ?: ioctl(fd, SIOCSIFNETMASK, &request);
	}
	request.ifr_flags = IFF_UP;
	err = err ?: ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
	return err ? -errno : 0;
}

/* A closed connection leaves no TIME_WAIT behind, so its addresses can be used at once. */
static void forget_closed_connections(void)
{
	int fd = open("/proc/sys/net/ipv4/tcp_max_tw_buckets", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "0", 1) < 0)
		fprintf(stderr, "world: tcp_max_tw_buckets: %s\n", strerror(errno));
	close(fd);
}

static int remember(enum place place)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), err;

	err = fd < 0 || dup3(fd, NETWORK_FD + place, O_CLOEXEC) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static int namespaces_make(void)
{
	int err = remember(PLACE_HOST);

	for (enum place place = PLACE_INNER; !err && place < PLACE_COUNT; place++) {
		if (unshare(CLONE_NEWNET))
			return -errno;
		err = device_up("lo", NULL) ?: remember(place);
		if (place == PLACE_INNER)
			forget_closed_connections();
	}
	return err;
}

void network_make(struct networks *ret_networks)
{
	int err = namespaces_make();

	memset(ret_networks, 0, sizeof(*ret_networks));
	if (err) {
		snprintf(ret_networks->why, sizeof(ret_networks->why), "no network namespaces: %s",
			 strerror(-err));
	} else {
		ret_networks->namespaces = true;
		/* This process is in the last one. */
		err = veth_make(NETWORK_FD + PLACE_INNER);
		err = err ?: device_up(DEVICE_OTHER, NETWORK_OTHER_ADDRESS);
		if (!err && setns(NETWORK_FD + PLACE_INNER, CLONE_NEWNET))
			err = -errno;
		err = err ?: device_up(DEVICE_INNER, NETWORK_INNER_ADDRESS);
		ret_networks->veth = !err;
		snprintf(ret_networks->why, sizeof(ret_networks->why), "no veth pair: %s",
			 strerror(-err));
	}
	if (setns(NETWORK_FD + PLACE_HOST, CLONE_NEWNET))
		ret_networks->namespaces = ret_networks->veth = false;
}
