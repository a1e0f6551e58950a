/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The object block: what the fd refers to. The way goes from the number through the fd table to the
 * pipe or socket.
 */
#pragma once

#include "core/path.bpf.h"
#include "core/tcp.bpf.h"
#include "core/unix.bpf.h"

/* No lock is needed: RCU protects the table, and the current call holds its own file. */
static __always_inline struct file *fd_to_file(struct task_struct *task, u32 fd)
{
	struct files_struct *files = BPF_CORE_READ(task, files);
	struct file *file = NULL;
	struct fdtable *table;
	struct file **slots;

	if (!files)
		return NULL;
	table = BPF_CORE_READ(files, fdt);
	if (fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	slots = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]);
	return file;
}

static __always_inline void pipe_capture(struct scratch *scratch, struct inode *inode,
					 const struct file *file)
{
	struct ev_object *object = &scratch->object;
	struct pipe_inode_info *pipe = BPF_CORE_READ(inode, i_pipe);

	object->pipe.readers = BPF_CORE_READ(pipe, readers);
	object->pipe.writers = BPF_CORE_READ(pipe, writers);
	object->pipe.r_counter = BPF_CORE_READ(pipe, r_counter);
	object->pipe.w_counter = BPF_CORE_READ(pipe, w_counter);
	object->pipe.unread_buffers = BPF_CORE_READ(pipe, head) - BPF_CORE_READ(pipe, tail);
	object->pipe.max_buffers = BPF_CORE_READ(pipe, max_usage);
	if (BPF_CORE_READ(inode, i_sb, s_magic) == PIPEFS_MAGIC) {
		object->type = EV_OBJECT_PIPE;
	} else {
		object->type = EV_OBJECT_FIFO;
		file_path_capture(scratch, EV_BLOCK_PATH, file);
	}
}

#define NETDEV_HASHENTRIES 256 /* include/linux/netdevice.h */
#define SAME_HASH_MAX 16       /* interfaces with the same hash that are looked at */

/*
 * The name of the interface INDEX of the network namespace at NET, into the object of the scratch
 * record SLOT. Global: see path_append().
 */
__noinline __weak int interface_name_read(u32 slot, u64 net_address, u32 index)
{
	struct scratch *scratch = scratch_get(slot);
	const struct net *net = (const void *)net_address;
	struct hlist_node *node = NULL;

	if (!scratch)
		return 0;
	bpf_probe_read_kernel(&node, sizeof(node),
			      BPF_CORE_READ(net, dev_index_head) +
				      (index & (NETDEV_HASHENTRIES - 1)));
	for (int i = 0; i < SAME_HASH_MAX && node; i++) {
		const struct net_device *device =
			(const void *)node - bpf_core_field_offset(struct net_device, index_hlist);

		if ((u32)BPF_CORE_READ(device, ifindex) == index) {
			bpf_core_read(scratch->object.interface_name, EV_INTERFACE_LEN,
				      &device->name);
			return 0;
		}
		node = BPF_CORE_READ(node, next);
	}
	return 0;
}

static __always_inline bool is_link_local(const u8 *address)
{
	return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

/*
 * A link-local address means an interface only together with that interface. Every socket that has
 * such an address and a peer is bound to it.
 */
static __always_inline void interface_capture(struct scratch *scratch, const struct sock *sk)
{
	struct ev_object *object = &scratch->object;

	object->interface = BPF_CORE_READ(sk, __sk_common.skc_bound_dev_if);
	if (!object->interface || object->family != AF_INET6 ||
	    (!is_link_local(object->local_address) && !is_link_local(object->peer_address)))
		return;
	interface_name_read(scratch->slot, (u64)BPF_CORE_READ(sk, __sk_common.skc_net.net),
			    object->interface);
}

static __always_inline void inet_addresses_capture(struct ev_object *object, const struct sock *sk)
{
	const struct inet_sock *inet = (const void *)sk;

	/* skc_num is 0 after the socket has been unhashed. inet_sport keeps the port. */
	object->local_port = bpf_ntohs(BPF_CORE_READ(inet, inet_sport));
	object->peer_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (object->family == AF_INET) {
		u32 local = BPF_CORE_READ(inet, inet_saddr);
		u32 peer = BPF_CORE_READ(sk, __sk_common.skc_daddr);

		__builtin_memcpy(object->local_address, &local, 4);
		__builtin_memcpy(object->peer_address, &peer, 4);
	} else {
		bpf_core_read(object->local_address, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_core_read(object->peer_address, 16, &sk->__sk_common.skc_v6_daddr);
	}
}

static __always_inline void vsock_capture(struct ev_object *object, const struct sock *sk)
{
	const struct vsock_sock *vsk = (const void *)sk;

	object->type = EV_OBJECT_VSOCK;
	/*
	 * If CONFIG_VSOCKETS is a module, libbpf does not read its BTF, so the fields may be
	 * unknown.
	 */
	if (!bpf_core_type_exists(struct vsock_sock))
		return;
	object->vsock.local_cid = BPF_CORE_READ(vsk, local_addr.svm_cid);
	object->vsock.local_port = BPF_CORE_READ(vsk, local_addr.svm_port);
	object->vsock.peer_cid = BPF_CORE_READ(vsk, remote_addr.svm_cid);
	object->vsock.peer_port = BPF_CORE_READ(vsk, remote_addr.svm_port);
	object->vsock.peer_shutdown = BPF_CORE_READ(vsk, peer_shutdown);
}

static __always_inline void socket_capture(struct scratch *scratch, const struct sock *sk)
{
	struct ev_object *object = &scratch->object;
	u64 flags = BPF_CORE_READ(sk, __sk_common.skc_flags);

	object->sk = (u64)sk;
	object->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	object->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	object->sock_type = BPF_CORE_READ(sk, sk_type);
	object->protocol = BPF_CORE_READ(sk, sk_protocol);
	object->shutdown = BPF_CORE_READ(sk, sk_shutdown);
	object->error = BPF_CORE_READ(sk, sk_err);
	object->error_soft = BPF_CORE_READ(sk, sk_err_soft);
	object->net_ns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	object->socket_flags = (flags & (1UL << SOCK_DEAD) ? EV_SOCKET_DEAD : 0) |
			       (flags & (1UL << SOCK_DONE) ? EV_SOCKET_DONE : 0) |
			       (flags & (1UL << SOCK_KEEPOPEN) ? EV_SOCKET_KEEPALIVE : 0) |
			       (flags & (1UL << SOCK_LINGER) ? EV_SOCKET_LINGER : 0);
	object->type = EV_OBJECT_SOCKET;
	if (object->family == AF_INET || object->family == AF_INET6) {
		inet_addresses_capture(object, sk);
		interface_capture(scratch, sk);
		if (object->protocol == IPPROTO_MPTCP) {
			/* struct mptcp_sock does not have the fields of struct tcp_sock. */
			object->type = EV_OBJECT_MPTCP;
		} else if (object->protocol == IPPROTO_SCTP) {
			object->type = EV_OBJECT_SCTP;
		} else if (object->protocol == IPPROTO_TCP && object->sock_type == SOCK_STREAM) {
			object->type = EV_OBJECT_TCP;
			tcp_capture(&object->tcp, sk);
		}
	} else if (object->family == AF_UNIX) {
		object->type = EV_OBJECT_UNIX;
		unix_capture(scratch, sk);
	} else if (object->family == AF_VSOCK) {
		vsock_capture(object, sk);
	}
}

/* Fills the object from FILE (a kernel address that the failing call holds, or its fd's slot). */
static __always_inline void object_capture(struct scratch *scratch, const struct file *file)
{
	struct ev_object *object = &scratch->object;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct socket *socket;
	struct sock *sk;

	object->status = EV_OBJECT_KNOWN;
	object->file_flags = BPF_CORE_READ(file, f_flags);
	object->mode = BPF_CORE_READ(inode, i_mode);
	object->inode = BPF_CORE_READ(inode, i_ino);
	object->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	switch (object->mode & S_IFMT) {
	case S_IFIFO:
		pipe_capture(scratch, inode, file);
		break;
	case S_IFSOCK:
		socket = BPF_CORE_READ(file, private_data);
		sk = BPF_CORE_READ(socket, sk);
		if (sk)
			socket_capture(scratch, sk);
		break;
	default:
		object->type = EV_OBJECT_FILE;
		file_path_capture(scratch, EV_BLOCK_PATH, file);
	}
}

static __always_inline void object_clear(struct scratch *scratch, u8 status)
{
	__builtin_memset(&scratch->object, 0, sizeof(scratch->object));
	scratch->object.status = status;
	scratch->incident.block[EV_BLOCK_OBJECT] = (struct ev_span){
		.offset = __builtin_offsetof(struct scratch, object),
		.length = EV_OBJECT_COMMON_SIZE,
	};
	scratch->incident.block[EV_BLOCK_DETAIL] = (struct ev_span){
		.offset = __builtin_offsetof(struct scratch, object) + EV_OBJECT_COMMON_SIZE,
		.length = EV_OBJECT_DETAIL_SIZE,
	};
	scratch->incident.block[EV_BLOCK_PATH] = (struct ev_span){ 0 };
}
