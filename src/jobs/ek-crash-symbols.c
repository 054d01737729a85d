/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The crash prints the beginning of its ELF's hash: that chooses the program by itself. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-crash-symbols.h"

#include "ek-bytes.h"
#include "ek-demangle.h"
#include "ek-elf-lines.h"

#include <errno.h>
#include <sys/stat.h>

#define SHA256_SIZE 32
/* A folder is looked through as it is, not what is below it. */
#define MAX_FILES 256

typedef struct
{
  EkElf *elf;
  EkElfLines *lines; /* (nullable) */
  char *sha256;
} Program;

struct _EkCrashSymbols
{
  GPtrArray *programs; /* (element-type Program) */
  EkElfLookupFunc lookup;
  gpointer user_data;
};

static void
program_free (gpointer data)
{
  Program *program = data;

  ek_elf_lines_free (program->lines);
  g_object_unref (program->elf);
  g_free (program->sha256);
  g_free (program);
}

/**
 * ek_crash_symbols_new:
 *
 * Returns: (transfer full): without any program
 */
EkCrashSymbols *
ek_crash_symbols_new (void)
{
  EkCrashSymbols *self = g_new0 (EkCrashSymbols, 1);

  self->programs = g_ptr_array_new_with_free_func (program_free);
  return self;
}

void
ek_crash_symbols_free (EkCrashSymbols *self)
{
  if (self == NULL)
    return;

  g_ptr_array_unref (self->programs);
  g_free (self);
}

static gboolean
check_file (const char *path, GError **error)
{
  struct stat status;

  if (stat (path, &status) != 0)
    {
      g_set_error (error, EK_ERROR,
                   errno == ENOENT ? EK_ERROR_FILE_NOT_FOUND : EK_ERROR_FILE_UNREADABLE, "%s: %s",
                   path, g_strerror (errno));
      return FALSE;
    }
  if (!S_ISREG (status.st_mode))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FILE_UNREADABLE, "%s is no file", path);
      return FALSE;
    }
  if (status.st_size > EK_ELF_MAX_SIZE)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FILE_TOO_LARGE, "%s has more than %u MiB", path,
                   EK_ELF_MAX_SIZE >> 20);
      return FALSE;
    }

  return TRUE;
}

static gboolean
add_file (EkCrashSymbols *self, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *data = NULL;
  EkElf *elf;
  Program *program;
  gsize size;

  if (!check_file (path, error))
    return FALSE;
  if (!g_file_get_contents (path, &data, &size, error))
    {
      ek_error_convert (error);
      return FALSE;
    }
  bytes = g_bytes_new_take (g_steal_pointer (&data), size);
  if (!(elf = ek_elf_new_from_bytes (bytes, error)))
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }

  program = g_new0 (Program, 1);
  program->elf = elf;
  program->lines = ek_elf_lines_new (elf);
  program->sha256 = ek_bytes_hex (ek_elf_get_sha256 (elf), SHA256_SIZE);
  g_ptr_array_add (self->programs, program);
  return TRUE;
}

static gboolean
add_folder (EkCrashSymbols *self, const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, error);
  const char *name;
  guint n_files = 0;

  if (dir == NULL)
    {
      ek_error_convert (error);
      return FALSE;
    }

  while ((name = g_dir_read_name (dir)) != NULL && n_files < MAX_FILES)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_autoptr (GError) local_error = NULL;

      n_files++;
      if (!add_file (self, file, &local_error))
        g_debug ("%s", local_error->message);
    }
  return TRUE;
}

/**
 * ek_crash_symbols_add:
 * @path: an ELF, or a folder that has some
 *
 * Returns: %FALSE with %EK_ERROR_FILE_NOT_FOUND, %EK_ERROR_FILE_UNREADABLE, %EK_ERROR_FILE_TOO_LARGE
 *   or an error of ek_elf_new_from_bytes(); what is no ELF in a folder is no error
 */
gboolean
ek_crash_symbols_add (EkCrashSymbols *self, const char *path, GError **error)
{
  return g_file_test (path, G_FILE_TEST_IS_DIR) ? add_folder (self, path, error)
                                                : add_file (self, path, error);
}

/**
 * ek_crash_symbols_set_lookup:
 * @lookup: (scope forever) (nullable): asked for programs that were not added
 */
void
ek_crash_symbols_set_lookup (EkCrashSymbols *self, EkElfLookupFunc lookup, gpointer user_data)
{
  self->lookup = lookup;
  self->user_data = user_data;
}

static Program *
find_program (EkCrashSymbols *self, const char *elf_prefix)
{
  for (guint i = 0; elf_prefix != NULL && i < self->programs->len; i++)
    {
      Program *program = self->programs->pdata[i];

      if (g_str_has_prefix (program->sha256, elf_prefix))
        return program;
    }

  return NULL;
}

static Program *
look_up_program (EkCrashSymbols *self, const char *elf_prefix)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  if (self->lookup == NULL || elf_prefix == NULL ||
      !(path = self->lookup (elf_prefix, self->user_data)))
    return NULL;
  if (!add_file (self, path, &error))
    {
      g_info ("%s", error->message);
      return NULL;
    }

  return find_program (self, elf_prefix);
}

static gboolean
find_symbol (guint32 address, EkSymbol *symbol, gpointer user_data)
{
  Program *program = user_data;
  const char *name, *file;

  if (!ek_elf_is_code (program->elf, address) ||
      !ek_elf_find_symbol (program->elf, address, &name, &symbol->offset))
    return FALSE;

  symbol->function = ek_demangle (name);
  if (program->lines != NULL && ek_elf_lines_find (program->lines, address, &file, &symbol->line))
    symbol->file = g_utf8_make_valid (file, -1);
  return TRUE;
}

/**
 * ek_crash_symbols_resolve:
 *
 * Names the frames of @crash.
 *
 * Returns: with which program
 */
EkCrashMatch
ek_crash_symbols_resolve (EkCrashSymbols *self, EkCrash *crash)
{
  const char *prefix = ek_crash_get_elf_prefix (crash);
  Program *program = find_program (self, prefix);
  EkCrashMatch match = EK_CRASH_NAMED;

  if (program == NULL)
    program = look_up_program (self, prefix);
  if (program == NULL && self->programs->len == 1)
    {
      program = self->programs->pdata[0];
      match = prefix != NULL ? EK_CRASH_OTHER_BUILD : EK_CRASH_NAMED;
    }
  if (program == NULL)
    return EK_CRASH_UNNAMED;

  ek_crash_resolve (crash, match, find_symbol, program);
  return match;
}
