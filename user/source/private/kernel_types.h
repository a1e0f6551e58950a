/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the kernel's types (BTF) that the programs need. libbpf looks for each type of the
 * programs among all types of the kernel, some 150,000, by name. Among a few hundred it finds the
 * same, and the start of a run takes half of the time.
 */
#pragma once

struct btf;

/*
 * Writes to FD, a file for btf_custom_path, all types of KERNEL that have the name of a type in
 * PROGRAMS, with what they contain. A pointer in them points to void: CO-RE asks for the kind of a
 * member only. Types of modules that the programs read are there if the module is loaded. 0;
 * -ENOMEM; -EIO; -errno of libbpf.
 */
int kernel_types_write(const struct btf *kernel, const struct btf *programs, int fd);
