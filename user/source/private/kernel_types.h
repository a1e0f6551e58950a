/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the kernel's types (BTF) that the programs need. libbpf looks for each type of the
 * programs among all types of the kernel, some 150,000, by name. Among a few hundred it finds the
 * same, and the start of a run takes half of the time.
 */
#pragma once

struct btf;

/*
 * Takes from KERNEL all types that have the name of a type in PROGRAMS, with what they contain. A
 * pointer in them points to void: CO-RE asks for the kind of a member only. Types of modules that
 * the programs read are there if the module is loaded. RET_TYPES is the caller's, to be freed with
 * btf__free(). 0; -ENOMEM; -errno of libbpf.
 */
int kernel_types_reduce(const struct btf *kernel, const struct btf *programs,
			struct btf **ret_types);
