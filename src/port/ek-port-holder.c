/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /proc/PID/fd names what a program of the same user has open; /proc/locks names everybody's locks,
 * which esptool, the IDF monitor and we ourselves put on a port. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-port-holder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAX_LINK 4096

/* Programs that run others: the program is what they were given. */
static const char *const interpreters[] = { "python", "java", "node", "ruby", "perl" };

static gboolean
parse_pid (const char *text, int *pid)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT, &number, NULL))
    return FALSE;

  *pid = (int) number;
  return TRUE;
}

static char *
read_comm (const char *proc_root, int pid)
{
  g_autofree char *file = g_strdup_printf ("%s/%d/comm", proc_root, pid);
  g_autofree char *text = NULL;
  g_autofree char *valid = NULL;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return NULL;

  valid = g_strstrip (g_utf8_make_valid (text, -1));
  return *valid != '\0' ? g_steal_pointer (&valid) : NULL;
}

static gboolean
is_interpreter (const char *comm)
{
  for (guint i = 0; i < G_N_ELEMENTS (interpreters); i++)
    if (g_str_has_prefix (comm, interpreters[i]))
      return TRUE;

  return FALSE;
}

/* The first word of the command line behind the interpreter that is no option. */
static char *
read_script (const char *proc_root, int pid)
{
  g_autofree char *file = g_strdup_printf ("%s/%d/cmdline", proc_root, pid);
  g_autofree char *words = NULL;
  gsize size;

  if (!g_file_get_contents (file, &words, &size, NULL))
    return NULL;

  for (const char *word = words; word < words + size; word += strlen (word) + 1)
    if (word != words && *word != '-' && *word != '\0')
      {
        g_autofree char *name = g_path_get_basename (word);
        char *suffix = strrchr (name, '.');

        if (suffix != NULL && suffix != name)
          *suffix = '\0';
        return g_utf8_make_valid (name, -1);
      }

  return NULL;
}

static void
set_holder (EkPortHolder *holder, int pid, const char *proc_root)
{
  g_autofree char *comm = read_comm (proc_root, pid);

  holder->pid = pid;
  if (comm != NULL && is_interpreter (comm))
    holder->name = read_script (proc_root, pid);
  if (holder->name == NULL)
    holder->name = g_steal_pointer (&comm);
}

static gboolean
has_open (const char *proc_root, const char *pid, const char *path)
{
  g_autofree char *directory = g_build_filename (proc_root, pid, "fd", NULL);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  char target[MAX_LINK];
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *link = g_build_filename (directory, name, NULL);
      gssize length = readlink (link, target, sizeof target - 1);

      if (length > 0 && (gsize) length == strlen (path) &&
          strncmp (target, path, (gsize) length) == 0)
        return TRUE;
    }

  return FALSE;
}

/* Another program first: that this one holds the port too is no news. */
static int
find_by_descriptors (const char *path, const char *proc_root)
{
  g_autoptr (GDir) dir = g_dir_open (proc_root, 0, NULL);
  const char *name;
  int found = 0;
  int pid;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      if (!parse_pid (name, &pid) || !has_open (proc_root, name, path))
        continue;
      if (pid != getpid ())
        return pid;
      found = pid;
    }

  return found;
}

/* "1: FLOCK  ADVISORY  WRITE 4211 00:05:98 0 EOF": hexadecimal device numbers of the file system, and
 * the inode. Source: proc(5). */
static int
find_by_locks (const char *path, const char *proc_root)
{
  g_autofree char *file = g_build_filename (proc_root, "locks", NULL);
  g_autofree char *text = NULL;
  g_autofree char *place = NULL;
  g_auto (GStrv) lines = NULL;
  struct stat status;
  int pid;

  if (stat (path, &status) != 0 || !g_file_get_contents (file, &text, NULL, NULL))
    return 0;

  place = g_strdup_printf ("%02x:%02x:%" G_GUINT64_FORMAT, major (status.st_dev),
                           minor (status.st_dev), (guint64) status.st_ino);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *line = g_strdup (lines[i]);
      char *words[6];
      char *rest = line;
      guint n = 0;

      while (n < G_N_ELEMENTS (words) && (words[n] = strsep (&rest, " ")) != NULL)
        n += *words[n] != '\0';
      if (n == G_N_ELEMENTS (words) && g_str_equal (words[5], place) && parse_pid (words[4], &pid))
        return pid;
    }

  return 0;
}

/**
 * ek_port_holder_find:
 * @path: a tty
 * @proc_root: (nullable): %NULL for /proc
 * @holder: (out caller-allocates): who it is; clear it in any case
 *
 * Looks for a program that has @path open or locked. Programs of other users are seen only by their
 * locks, and in a sandbox nobody is seen. This process itself comes last.
 *
 * Source: proc(5).
 *
 * Returns: whether somebody was found
 */
gboolean
ek_port_holder_find (const char *path, const char *proc_root, EkPortHolder *holder)
{
  const char *root = proc_root != NULL ? proc_root : "/proc";
  gboolean is_link = g_file_test (path, G_FILE_TEST_IS_SYMLINK);
  g_autofree char *real = is_link ? realpath (path, NULL) : g_strdup (path);
  int pid = 0;

  *holder = (EkPortHolder){ 0 };
  if (real == NULL)
    return FALSE;

  pid = find_by_descriptors (real, root);
  if (pid == 0)
    pid = find_by_locks (real, root);
  if (pid == 0)
    return FALSE;

  set_holder (holder, pid, root);
  return TRUE;
}

void
ek_port_holder_clear (EkPortHolder *holder)
{
  g_clear_pointer (&holder->name, g_free);
  holder->pid = 0;
}

/**
 * ek_port_holder_is_running:
 * @name: as the kernel has it, up to 15 characters
 * @proc_root: (nullable): %NULL for /proc
 *
 * Returns: whether there is a process called @name
 */
gboolean
ek_port_holder_is_running (const char *name, const char *proc_root)
{
  const char *root = proc_root != NULL ? proc_root : "/proc";
  g_autoptr (GDir) dir = g_dir_open (root, 0, NULL);
  const char *entry;
  int pid;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *comm = parse_pid (entry, &pid) ? read_comm (root, pid) : NULL;

      if (g_strcmp0 (comm, name) == 0)
        return TRUE;
    }

  return FALSE;
}
