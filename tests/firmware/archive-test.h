/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Archives for tests, honest and hostile, written by libarchive. */
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gio/gio.h>

typedef struct
{
  struct archive *archive;
  GByteArray *bytes;
} TestArchive;

static la_ssize_t
test_archive_write (struct archive *archive, void *user_data, const void *data, size_t size)
{
  g_byte_array_append (user_data, data, (guint) size);
  return (la_ssize_t) size;
}

/* @format: such as "tar.gz"; tar is pax, as most programs write it. */
static inline TestArchive
test_archive_open (const char *format)
{
  TestArchive self = { archive_write_new (), g_byte_array_new () };

  if (g_str_has_prefix (format, "zip"))
    archive_write_set_format_zip (self.archive);
  else
    archive_write_set_format_pax_restricted (self.archive);
  if (g_str_has_suffix (format, ".gz"))
    archive_write_add_filter_gzip (self.archive);
  else if (g_str_has_suffix (format, ".xz"))
    archive_write_add_filter_xz (self.archive);
  else if (g_str_has_suffix (format, ".zst"))
    archive_write_add_filter_zstd (self.archive);
  if (g_str_equal (format, "zip-encrypted"))
    {
      g_assert_cmpint (archive_write_set_options (self.archive, "zip:encryption=traditional"), ==,
                       ARCHIVE_OK);
      archive_write_set_passphrase (self.archive, "secret");
    }
  archive_write_set_bytes_in_last_block (self.archive, 1);
  g_assert_cmpint (archive_write_open (self.archive, self.bytes, NULL, test_archive_write, NULL),
                   ==, ARCHIVE_OK);
  return self;
}

static inline void
test_archive_add_bytes (TestArchive *self, const char *name, gconstpointer data, gsize size)
{
  struct archive_entry *entry = archive_entry_new ();

  archive_entry_set_pathname_utf8 (entry, name);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_entry_set_perm (entry, 0644);
  archive_entry_set_size (entry, (la_int64_t) size);
  g_assert_cmpint (archive_write_header (self->archive, entry), >=, ARCHIVE_WARN);
  g_assert_cmpint (archive_write_data (self->archive, data, size), ==, (gssize) size);
  archive_entry_free (entry);
}

static inline void
test_archive_add (TestArchive *self, const char *name, const char *text)
{
  test_archive_add_bytes (self, name, text, strlen (text));
}

/* An entry that is no file: a folder, a link to @target, a pipe, a device. */
static inline void
test_archive_add_special (TestArchive *self, const char *name, guint type, const char *target)
{
  struct archive_entry *entry = archive_entry_new ();

  archive_entry_set_pathname_utf8 (entry, name);
  archive_entry_set_filetype (entry, type);
  archive_entry_set_perm (entry, 0755);
  if (type == AE_IFLNK)
    archive_entry_set_symlink (entry, target);
  else if (target != NULL)
    archive_entry_set_hardlink (entry, target);
  g_assert_cmpint (archive_write_header (self->archive, entry), >=, ARCHIVE_WARN);
  archive_entry_free (entry);
}

static inline GBytes *
test_archive_close (TestArchive *self)
{
  g_assert_cmpint (archive_write_close (self->archive), ==, ARCHIVE_OK);
  archive_write_free (self->archive);
  return g_byte_array_free_to_bytes (self->bytes);
}
