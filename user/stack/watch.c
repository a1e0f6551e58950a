// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch.h"

#include "units.h"

static void note_costly(struct file_watch *file, const struct file_id *id)
{
	if (!id->inode)
		return;
	for (unsigned int i = 0; i < file->costly_count; i++)
		if (file_id_is_same(&file->costly[i], id))
			return;
	if (file->costly_count < WATCH_COSTLY_MAX)
		file->costly[file->costly_count++] = *id;
}

/* IMAGE pays for the time since the last change. */
static void charge(struct watch *watch, struct image *image)
{
	uint64_t now = deadline_cpu_ns();

	if (image && image_charge(image, watch->question, now - watch->since_ns) >
			     WATCH_COST_MS * NSEC_PER_MSEC)
		note_costly(watch->file, image_id(image));
	watch->since_ns = now;
}

void watch_begin(struct watch *watch, struct file_watch *file)
{
	*file = (struct file_watch){};
	watch->file = file;
	watch->image = NULL;
	watch->question++;
	watch->since_ns = deadline_cpu_ns();
}

void watch_mapping(struct watch *watch, uint64_t dev, uint64_t inode)
{
	charge(watch, watch->image);
	watch->image = NULL;
	watch->file->at = (struct file_id){};
	watch->file->mapping = file_id_of_mapping(dev, inode);
}

void watch_file(struct watch *watch, const struct file_id *id)
{
	/* The vdso is no file. */
	watch->file->at = *id;
	if (id->inode && !id->is_steady)
		watch->file->soft = *id;
	watch->file->mapping = (struct file_id){};
}

void watch_image(struct watch *watch, struct image *image)
{
	if (watch->image == image)
		return;
	/* What has no image yet was for opening this one. */
	charge(watch, watch->image ?: image);
	watch->image = image;
	if (image)
		watch_file(watch, image_id(image));
}

void watch_end(struct watch *watch)
{
	charge(watch, watch->image);
	watch->image = NULL;
	watch->file->at = watch->file->mapping = (struct file_id){};
}
