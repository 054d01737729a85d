/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files out of archives and folders, and everything that must not come out of them. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-file-set.h"
#include "test-files.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive-test.h"

#define MIB (1024u * 1024)

static char *folder;

static void
assert_names (EkFileSet *set, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = ek_file_set_list_names (set, NULL, &error);
  g_autofree char *joined = NULL;

  g_assert_no_error (error);
  joined = g_strjoinv (" ", names);
  g_assert_cmpstr (joined, ==, expected);
}

static void
assert_content (EkFileSet *set, const char *name, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = ek_file_set_read (set, name, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ek_file_set_has (set, name));
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected,
                   strlen (expected));
}

static void
assert_no_file (EkFileSet *set, const char *name, EkError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ek_file_set_has (set, name));
  g_assert_null (ek_file_set_read (set, name, NULL, &error));
  g_assert_error (error, EK_ERROR, (gint) code);
}

static EkFileSet *
open_bytes (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  EkFileSet *set = ek_file_set_new_from_bytes (bytes, "test", NULL, &error);

  g_assert_no_error (error);
  return set;
}

static void
assert_refused (GBytes *bytes, EkError code, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ek_file_set_new_from_bytes (bytes, "test", NULL, &error));
  g_assert_error (error, EK_ERROR, (gint) code);
  if (strstr (error->message, word) == NULL)
    g_error ("\"%s\" is not in \"%s\"", word, error->message);
}

/* --- archives */

static void
test_reads_each_format (gconstpointer format)
{
  TestArchive archive = test_archive_open (format);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (EkFileSet) set = NULL;
  g_autoptr (EkFileSet) elsewhere = NULL;

  test_archive_add (&archive, "manifest.json", "{}");
  test_archive_add_special (&archive, "files/", AE_IFDIR, NULL);
  test_archive_add (&archive, "files/app.bin", "an app");
  test_archive_add (&archive, "./files//./über.bin", "umlaut");
  test_archive_add (&archive, "files/empty.bin", "");
  bytes = test_archive_close (&archive);

  g_assert_true (ek_file_set_is_archive (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)));
  set = open_bytes (bytes);
  assert_names (set, "files/app.bin files/empty.bin files/über.bin manifest.json");
  assert_content (set, "files/app.bin", "an app");
  assert_content (set, "./files/app.bin", "an app");
  assert_content (set, "files/über.bin", "umlaut");
  assert_content (set, "files/empty.bin", "");
  assert_no_file (set, "files/other.bin", EK_ERROR_FILE_NOT_FOUND);
  assert_no_file (set, "../manifest.json", EK_ERROR_ARCHIVE_UNSAFE);
  g_assert_false (ek_file_set_is_folder (set));
  g_assert_cmpstr (ek_file_set_get_source (set), ==, "test");

  setlocale (LC_CTYPE, "C");
  elsewhere = open_bytes (bytes);
  setlocale (LC_CTYPE, "C.UTF-8");
  assert_content (elsewhere, "files/über.bin", "umlaut");
}

/* GNU tar -C and a file manager's "compress this folder" */
static void
test_leaves_a_common_folder_out (void)
{
  TestArchive archive = test_archive_open ("tar.gz");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (EkFileSet) set = NULL;

  test_archive_add_special (&archive, "./", AE_IFDIR, NULL);
  test_archive_add_special (&archive, "./flash_bundle/", AE_IFDIR, NULL);
  test_archive_add (&archive, "./flash_bundle/manifest.json", "{}");
  test_archive_add (&archive, "./flash_bundle/files/app.bin", "an app");
  test_archive_add (&archive, "__MACOSX/flash_bundle/._manifest.json", "x");
  test_archive_add (&archive, ".DS_Store", "x");
  bytes = test_archive_close (&archive);

  set = open_bytes (bytes);
  assert_names (set, "files/app.bin manifest.json");
  assert_content (set, "manifest.json", "{}");
}

static void
test_keeps_different_folders (void)
{
  TestArchive archive = test_archive_open ("tar");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (EkFileSet) set = NULL;

  test_archive_add (&archive, "ab/one", "1");
  test_archive_add (&archive, "a/one", "2");
  bytes = test_archive_close (&archive);

  set = open_bytes (bytes);
  assert_names (set, "a/one ab/one");
}

static void
test_refuses_names (void)
{
  static const struct
  {
    const char *name;
    const char *word;
  } cases[] = {
    { "/etc/passwd", "absolute" },
    { "../up", "leaves" },
    { "files/../../up", "leaves" },
    { "files/..", "leaves" },
    { "files\\app.bin", "backslash" },
    { "files/a\nb", "control" },
    { "files/\xff\xfe", "UTF-8" },
    { "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", "deep" },
    { ".", "no name" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TestArchive archive = test_archive_open ("tar");
      g_autoptr (GBytes) bytes = NULL;
      guint8 *name;

      /* libarchive would improve the name: it is put in its place afterwards */
      test_archive_add (&archive, "manifest.json", "{}");
      test_archive_add (&archive, "PLACEHOLDER", "x");
      bytes = test_archive_close (&archive);
      {
        gsize size;
        g_autofree guint8 *data = NULL;
        guint sum = 0;

        size = g_bytes_get_size (bytes);
        data = test_copy (bytes, 0, size);
        name = memmem (data, size, "PLACEHOLDER", strlen ("PLACEHOLDER"));
        g_assert_nonnull (name);
        memset (name, 0, strlen ("PLACEHOLDER"));
        memcpy (name, cases[i].name, strlen (cases[i].name));
        memset (name + 148, ' ', 8); /* the header's checksum counts itself as blanks */
        for (guint k = 0; k < 512; k++)
          sum += name[k];
        g_snprintf ((char *) name + 148, 8, "%06o", sum);
        g_bytes_unref (bytes);
        bytes = g_bytes_new (data, size);
      }
      assert_refused (bytes, EK_ERROR_ARCHIVE_UNSAFE, cases[i].word);
    }
}

static void
test_refuses_what_is_no_file (void)
{
  static const struct
  {
    guint type;
    const char *target;
    const char *word;
  } cases[] = {
    { AE_IFLNK, "/etc/passwd", "link" },   { AE_IFLNK, "manifest.json", "link" },
    { AE_IFREG, "manifest.json", "link" }, { AE_IFIFO, NULL, "device" },
    { AE_IFCHR, NULL, "device" },          { AE_IFBLK, NULL, "device" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TestArchive archive = test_archive_open ("tar.gz");
      g_autoptr (GBytes) bytes = NULL;

      test_archive_add (&archive, "manifest.json", "{}");
      test_archive_add_special (&archive, "files/app.bin", cases[i].type, cases[i].target);
      bytes = test_archive_close (&archive);
      assert_refused (bytes, EK_ERROR_ARCHIVE_UNSAFE, cases[i].word);
    }
}

static void
test_refuses_links_in_a_zip (void)
{
  TestArchive archive = test_archive_open ("zip");
  g_autoptr (GBytes) bytes = NULL;

  test_archive_add (&archive, "manifest.json", "{}");
  test_archive_add_special (&archive, "app.bin", AE_IFLNK, "/etc/passwd");
  bytes = test_archive_close (&archive);
  assert_refused (bytes, EK_ERROR_ARCHIVE_UNSAFE, "link");
}

static void
test_refuses_an_encrypted_zip (void)
{
  TestArchive archive = test_archive_open ("zip-encrypted");
  g_autoptr (GBytes) bytes = NULL;

  test_archive_add (&archive, "manifest.json", "{}");
  bytes = test_archive_close (&archive);
  assert_refused (bytes, EK_ERROR_ARCHIVE_UNSAFE, "encrypted");
}

static void
test_refuses_duplicates (gconstpointer format)
{
  TestArchive archive = test_archive_open (format);
  g_autoptr (GBytes) bytes = NULL;

  test_archive_add (&archive, "files/app.bin", "one");
  test_archive_add (&archive, "manifest.json", "{}");
  test_archive_add (&archive, "./files//app.bin", "two");
  bytes = test_archive_close (&archive);
  assert_refused (bytes, EK_ERROR_ARCHIVE_UNSAFE, "twice");
}

static void
test_refuses_nothing (void)
{
  static const char *const formats[] = { "tar", "tar.gz", "zip" };
  g_autoptr (GBytes) empty = g_bytes_new ("", 0);
  g_autoptr (GBytes) text = g_bytes_new_static ("some text", 9);

  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      TestArchive archive = test_archive_open (formats[i]);
      g_autoptr (GBytes) bytes = NULL;

      test_archive_add_special (&archive, "files/", AE_IFDIR, NULL);
      bytes = test_archive_close (&archive);
      assert_refused (bytes, EK_ERROR_NOT_FIRMWARE, "empty");
    }
  assert_refused (empty, EK_ERROR_NOT_FIRMWARE, "no tar or zip");
  assert_refused (text, EK_ERROR_NOT_FIRMWARE, "no tar or zip");
}

/* --- limits */

static GBytes *
archive_of_files (guint n)
{
  TestArchive archive = test_archive_open ("tar.gz");

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("file-%u", i);

      test_archive_add (&archive, name, "x");
    }

  return test_archive_close (&archive);
}

static void
test_limits_the_number_of_files (void)
{
  g_autoptr (GBytes) enough = archive_of_files (EK_FILE_SET_MAX_FILES);
  g_autoptr (GBytes) too_many = archive_of_files (EK_FILE_SET_MAX_FILES + 1);
  g_autoptr (EkFileSet) set = open_bytes (enough);

  assert_refused (too_many, EK_ERROR_ARCHIVE_UNSAFE, "more than 64 files");
}

static void
test_limits_the_number_of_folders (void)
{
  TestArchive archive = test_archive_open ("tar.gz");
  g_autoptr (GBytes) bytes = NULL;

  test_archive_add (&archive, "file", "x");
  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *name = g_strdup_printf ("folder-%u", i);

      test_archive_add_special (&archive, name, AE_IFDIR, NULL);
    }
  bytes = test_archive_close (&archive);
  assert_refused (bytes, EK_ERROR_ARCHIVE_UNSAFE, "entries");
}

static GBytes *
archive_of_size (const char *format, gsize size, guint n)
{
  TestArchive archive = test_archive_open (format);
  g_autofree guint8 *data = g_malloc0 (size);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("file-%u", i);

      test_archive_add_bytes (&archive, name, data, size);
    }

  return test_archive_close (&archive);
}

static void
test_limits_the_unpacked_size (void)
{
  g_autoptr (GBytes) enough = archive_of_size ("tar.zst", 32 * MIB, 2);
  g_autoptr (GBytes) one = archive_of_size ("tar.zst", 65 * MIB, 1);
  g_autoptr (GBytes) several = archive_of_size ("zip", 22 * MIB, 3);
  g_autoptr (EkFileSet) set = open_bytes (enough);

  assert_refused (one, EK_ERROR_ARCHIVE_UNSAFE, "more than");
  assert_refused (several, EK_ERROR_ARCHIVE_UNSAFE, "more than");
}

static GBytes *
compress_zstd (const GByteArray *bytes, guint repeat)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  struct archive *archive = archive_write_new ();
  struct archive_entry *entry = archive_entry_new ();

  archive_write_set_format_raw (archive);
  archive_write_add_filter_zstd (archive);
  archive_write_set_bytes_in_last_block (archive, 1);
  archive_write_open (archive, out, NULL, test_archive_write, NULL);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_write_header (archive, entry);
  for (guint i = 0; i < repeat; i++)
    archive_write_data (archive, bytes->data, bytes->len);
  archive_write_close (archive);
  archive_write_free (archive);
  archive_entry_free (entry);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

/* 100 MiB of global pax headers: the tar reader skips them all before it tells of an entry. */
static void
test_stops_a_bomb_of_headers (void)
{
  TestArchive archive = test_archive_open ("tar");
  g_autoptr (GBytes) tar = NULL;
  g_autoptr (GByteArray) header = g_byte_array_new ();
  g_autoptr (GBytes) bomb = NULL;
  guint sum = 0;

  test_archive_add (&archive, "manifest.json", "{}");
  tar = test_archive_close (&archive);
  g_byte_array_append (header, g_bytes_get_data (tar, NULL), 512);
  header->data[156] = 'g';
  memcpy (header->data + 124, "00002000000", 12); /* 512 KiB */
  memset (header->data + 148, ' ', 8);
  for (guint i = 0; i < 512; i++)
    sum += header->data[i];
  g_snprintf ((char *) header->data + 148, 8, "%06o", sum);
  g_byte_array_set_size (header, 512 + 512 * 1024);
  memset (header->data + 512, 'x', 512 * 1024);

  bomb = compress_zstd (header, 200);
  g_assert_cmpuint (g_bytes_get_size (bomb), <, MIB);
  assert_refused (bomb, EK_ERROR_ARCHIVE_UNSAFE, "more than");
}

/* --- broken archives */

static GBytes *
small_archive (const char *format)
{
  TestArchive archive = test_archive_open (format);

  test_archive_add (&archive, "manifest.json", "{ \"format\": \"echokit-flash-bundle\" }");
  test_archive_add (&archive, "files/app.bin", "some bytes that stand for an app");
  return test_archive_close (&archive);
}

/* The files, whole, or a clear error; the sanitizers watch. */
static void
try_bytes (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (EkFileSet) set = ek_file_set_new_from_bytes (bytes, "test", NULL, &error);

  if (set == NULL)
    g_assert_true (g_error_matches (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED) ||
                   g_error_matches (error, EK_ERROR, EK_ERROR_ARCHIVE_UNSAFE) ||
                   g_error_matches (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE));
}

static void
test_survives_damage (gconstpointer format)
{
  g_autoptr (GBytes) bytes = small_archive (format);
  gsize size = g_bytes_get_size (bytes);
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (gsize i = 0; i < size; i += 1 + size / 200)
    {
      g_autofree guint8 *cut = test_copy (bytes, 0, i);

      try_bytes (cut, i);
    }
  for (guint i = 0; i < test_mutations (); i++)
    {
      g_autofree guint8 *damaged = test_copy (bytes, 0, size);

      test_damage (rand, damaged, size);
      try_bytes (damaged, size);
    }
}

static void
test_refuses_truncation (gconstpointer format)
{
  g_autoptr (GBytes) bytes = small_archive (format);
  g_autoptr (GBytes) half = g_bytes_new_from_bytes (bytes, 0, g_bytes_get_size (bytes) / 3);

  assert_refused (half, EK_ERROR_FIRMWARE_DAMAGED, "broken");
}

/* A single compressed file is no archive of files. */
static void
test_says_when_there_is_no_tar_inside (void)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  g_byte_array_append (text, (const guint8 *) "just some text, no tar. ", 24);
  bytes = compress_zstd (text, 100);
  assert_refused (bytes, EK_ERROR_NOT_FIRMWARE, "no tar");
}

static void
test_can_be_cancelled (void)
{
  g_autoptr (GBytes) bytes = small_archive ("tar.gz");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (ek_file_set_new_from_bytes (bytes, "test", cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
}

/* --- folders */

static char *
new_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (folder, "set-XXXXXX", NULL);

  g_assert_nonnull (g_mkdtemp (path));
  return path;
}

static void
put (const char *base, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (base, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static EkFileSet *
open_path (const char *path)
{
  g_autoptr (GError) error = NULL;
  EkFileSet *set = ek_file_set_new_from_path (path, NULL, &error);

  g_assert_no_error (error);
  return set;
}

static void
test_reads_a_folder (void)
{
  g_autofree char *base = new_folder ();
  g_autoptr (EkFileSet) set = NULL;

  put (base, "manifest.json", "{}");
  put (base, "files/app.bin", "an app");
  put (base, "files/.DS_Store", "x");
  set = open_path (base);

  g_assert_true (ek_file_set_is_folder (set));
  assert_names (set, "files/app.bin manifest.json");
  assert_names (set, "files/app.bin manifest.json"); /* also a second time */
  assert_content (set, "files/app.bin", "an app");
  assert_content (set, "./files//app.bin", "an app");
  assert_no_file (set, "files/other.bin", EK_ERROR_FILE_NOT_FOUND);
  assert_no_file (set, "other/app.bin", EK_ERROR_FILE_NOT_FOUND);
  assert_no_file (set, "manifest.json/x", EK_ERROR_FILE_NOT_FOUND);
  assert_no_file (set, "files", EK_ERROR_FILE_UNREADABLE);

  /* read when asked for */
  put (base, "files/other.bin", "later");
  assert_content (set, "files/other.bin", "later");
}

static void
test_folder_lets_no_name_out (void)
{
  static const char *const names[] = { "../outside", "/etc/passwd", "files/../../outside", "" };
  g_autofree char *base = new_folder ();
  g_autofree char *inner = g_build_filename (base, "inner", NULL);
  g_autoptr (EkFileSet) set = NULL;

  put (base, "outside", "x");
  put (base, "inner/files/app.bin", "x");
  set = open_path (inner);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    assert_no_file (set, names[i], EK_ERROR_ARCHIVE_UNSAFE);
}

static void
test_folder_follows_no_link (void)
{
  g_autofree char *base = new_folder ();
  g_autofree char *inner = g_build_filename (base, "inner", NULL);
  g_autofree char *file_link = g_build_filename (inner, "file", NULL);
  g_autofree char *folder_link = g_build_filename (inner, "folder", NULL);
  g_autofree char *link_to_set = g_build_filename (base, "link", NULL);
  g_autoptr (EkFileSet) set = NULL;
  g_autoptr (EkFileSet) linked = NULL;
  g_autoptr (GError) error = NULL;

  put (base, "outside/secret", "x");
  put (base, "inner/app.bin", "x");
  g_assert_cmpint (symlink ("../outside/secret", file_link), ==, 0);
  g_assert_cmpint (symlink ("../outside", folder_link), ==, 0);
  set = open_path (inner);
  assert_names (set, "app.bin");
  assert_no_file (set, "file", EK_ERROR_FILE_UNREADABLE);
  g_assert_false (ek_file_set_has (set, "folder/secret"));
  g_assert_null (ek_file_set_read (set, "folder/secret", NULL, &error));
  g_assert_nonnull (error);

  /* what the person named may be a link */
  g_assert_cmpint (symlink ("inner", link_to_set), ==, 0);
  linked = open_path (link_to_set);
  assert_content (linked, "app.bin", "x");
}

static void
test_folder_touches_no_pipe (void)
{
  g_autofree char *base = new_folder ();
  g_autofree char *pipe_path = g_build_filename (base, "pipe", NULL);
  g_autoptr (EkFileSet) set = NULL;

  g_assert_cmpint (mkfifo (pipe_path, 0644), ==, 0);
  set = open_path (base);
  assert_names (set, "");
  assert_no_file (set, "pipe", EK_ERROR_FILE_UNREADABLE);
}

static void
test_folder_limits_the_size (void)
{
  g_autofree char *base = new_folder ();
  g_autoptr (EkFileSet) set = NULL;
  g_autoptr (GBytes) one = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("file-%u", i);
      g_autofree char *path = g_build_filename (base, name, NULL);

      put (base, name, "x");
      g_assert_cmpint (truncate (path, i < 2 ? 33 * MIB : 65 * MIB), ==, 0); /* holes */
    }
  set = open_path (base);
  one = ek_file_set_read (set, "file-0", NULL, &error);
  g_assert_no_error (error);
  again = ek_file_set_read (set, "file-0", NULL, &error);
  g_assert_no_error (error);
  g_assert_null (ek_file_set_read (set, "file-1", NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FILE_TOO_LARGE);
  g_clear_error (&error);
  g_assert_null (ek_file_set_read (set, "file-2", NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FILE_TOO_LARGE);
}

static void
test_opens_an_archive_by_path (void)
{
  g_autofree char *base = new_folder ();
  g_autofree char *path = g_build_filename (base, "named-by-nobody", NULL);
  g_autofree char *missing = g_build_filename (base, "missing", NULL);
  g_autoptr (GBytes) bytes = small_archive ("tar.gz");
  g_autoptr (EkFileSet) set = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL),
                                      (gssize) g_bytes_get_size (bytes), NULL));
  set = open_path (path);
  assert_names (set, "files/app.bin manifest.json");

  g_assert_null (ek_file_set_new_from_path (missing, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_FILE_NOT_FOUND);
}

static void
remove_folder (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (!g_file_test (child, G_FILE_TEST_IS_SYMLINK) && g_file_test (child, G_FILE_TEST_IS_DIR))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (path);
}

static void
add_for_formats (const char *path, const char *const *formats, GTestDataFunc function)
{
  for (guint i = 0; formats[i] != NULL; i++)
    {
      g_autofree char *name = g_strconcat (path, "/", formats[i], NULL);

      g_test_add_data_func (name, formats[i], function);
    }
}

int
main (int argc, char **argv)
{
  static const char *const all[] = { "tar", "tar.gz", "tar.xz", "tar.zst", "zip", NULL };
  static const char *const two[] = { "tar.gz", "zip", NULL };
  static const char *const packed[] = { "tar.gz", "tar.xz", "tar.zst", "zip", NULL };
  int result;

  setlocale (LC_CTYPE, "C.UTF-8"); /* libarchive writes names as the locale has them */
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("ek-file-set-XXXXXX", NULL);
  g_assert_nonnull (folder);

  add_for_formats ("/file-set/archive/reads", all, test_reads_each_format);
  g_test_add_func ("/file-set/archive/leaves-a-common-folder-out", test_leaves_a_common_folder_out);
  g_test_add_func ("/file-set/archive/keeps-different-folders", test_keeps_different_folders);
  g_test_add_func ("/file-set/archive/refuses-names", test_refuses_names);
  g_test_add_func ("/file-set/archive/refuses-what-is-no-file", test_refuses_what_is_no_file);
  g_test_add_func ("/file-set/archive/refuses-links-in-a-zip", test_refuses_links_in_a_zip);
  g_test_add_func ("/file-set/archive/refuses-an-encrypted-zip", test_refuses_an_encrypted_zip);
  add_for_formats ("/file-set/archive/refuses-duplicates", two, test_refuses_duplicates);
  g_test_add_func ("/file-set/archive/refuses-nothing", test_refuses_nothing);
  g_test_add_func ("/file-set/limits/number-of-files", test_limits_the_number_of_files);
  g_test_add_func ("/file-set/limits/number-of-folders", test_limits_the_number_of_folders);
  g_test_add_func ("/file-set/limits/unpacked-size", test_limits_the_unpacked_size);
  g_test_add_func ("/file-set/limits/bomb-of-headers", test_stops_a_bomb_of_headers);
  add_for_formats ("/file-set/damage/survives", all, test_survives_damage);
  add_for_formats ("/file-set/damage/refuses-truncation", packed, test_refuses_truncation);
  g_test_add_func ("/file-set/damage/no-tar-inside", test_says_when_there_is_no_tar_inside);
  g_test_add_func ("/file-set/archive/can-be-cancelled", test_can_be_cancelled);
  g_test_add_func ("/file-set/folder/reads", test_reads_a_folder);
  g_test_add_func ("/file-set/folder/lets-no-name-out", test_folder_lets_no_name_out);
  g_test_add_func ("/file-set/folder/follows-no-link", test_folder_follows_no_link);
  g_test_add_func ("/file-set/folder/touches-no-pipe", test_folder_touches_no_pipe);
  g_test_add_func ("/file-set/folder/limits-the-size", test_folder_limits_the_size);
  g_test_add_func ("/file-set/path/opens-an-archive", test_opens_an_archive_by_path);

  result = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  return result;
}
