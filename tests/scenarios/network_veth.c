// SPDX-License-Identifier: GPL-2.0-or-later
/* How to connect two network namespaces: rtnetlink makes a veth pair, ioctls do the rest. */
#include "network_veth.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "network_namespace.h"
#include "scenario.h"

#define DEVICE_THERE "there0"

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

static void talk(struct message *message)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[512];
	} answer;
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (netlink < 0 || send(netlink, message, message->header.nlmsg_len, 0) < 0 ||
	    recv(netlink, &answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(int)))
		scenario_die("rtnetlink");
	close(netlink);
	if (answer.error.error == -EOPNOTSUPP)
		scenario_skip("no veth");
	errno = -answer.error.error;
	if (errno)
		scenario_die("making a veth pair");
}

/* ip link add here0 type veth peer name there0 netns CHILD */
static void veth_make(pid_t child)
{
	struct message message = {
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			    .nlmsg_type = RTM_NEWLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL },
	};
	struct rtattr *info, *data, *peer;
	struct ifinfomsg no_flags = { 0 };

	add(&message, IFLA_IFNAME, VETH_DEVICE_HERE, sizeof(VETH_DEVICE_HERE));
	info = add(&message, IFLA_LINKINFO, NULL, 0);
	add(&message, IFLA_INFO_KIND, "veth", strlen("veth"));
	data = add(&message, IFLA_INFO_DATA, NULL, 0);
	peer = add(&message, VETH_INFO_PEER, &no_flags, sizeof(no_flags));
	add(&message, IFLA_IFNAME, DEVICE_THERE, sizeof(DEVICE_THERE));
	add(&message, IFLA_NET_NS_PID, &child, sizeof(child));
	nest_end(&message, peer);
	nest_end(&message, data);
	nest_end(&message, info);
	talk(&message);
}

static void device_up(const char *name, const char *address)
{
	struct ifreq request = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&request.ifr_addr;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(request.ifr_name, name);
	in->sin_family = AF_INET;
	inet_pton(AF_INET, address, &in->sin_addr);
	if (fd < 0 || ioctl(fd, SIOCSIFADDR, &request) < 0)
		scenario_die("the address of %s", name);
	inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
	if (ioctl(fd, SIOCSIFNETMASK, &request) < 0)
		scenario_die("the netmask of %s", name);
	request.ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		scenario_die("bringing up %s", name);
	close(fd);
}

pid_t network_veth_fork(void)
{
	struct gate entered, plugged, ready;
	pid_t child;

	gate_init(&entered);
	gate_init(&plugged);
	gate_init(&ready);
	network_namespace_enter();
	child = scenario_fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		network_namespace_enter();
		gate_open(&entered, 1);
		gate_wait(&plugged);
		device_up(DEVICE_THERE, VETH_THERE);
		gate_open(&ready, 1);
		return 0;
	}
	gate_wait(&entered);
	veth_make(child);
	device_up(VETH_DEVICE_HERE, VETH_HERE);
	gate_open(&plugged, 1);
	gate_wait(&ready);
	return child;
}
