/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated device as an object: its options, the flash and its file, the clock, what it cost. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-simulator-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static GBytes *demo_contents;

G_DEFINE_FINAL_TYPE (EkSimulator, ek_simulator, G_TYPE_OBJECT)

/* What is the matter with cable and wires, and with a chip that has not been reset well. */
static gboolean
hands_help (EkSimFaultKind kind)
{
  return kind == EK_SIM_FAULT_MUTE || kind == EK_SIM_FAULT_DEAF || kind == EK_SIM_FAULT_GARBLE ||
         kind == EK_SIM_FAULT_REFUSE;
}

/**
 * ek_sim_has_fault:
 *
 * Returns: whether a fault of this kind holds for the whole run, or until hands help
 */
gboolean
ek_sim_has_fault (EkSimulator *self, EkSimFaultKind kind)
{
  if (self->helped && hands_help (kind))
    return FALSE;

  for (guint i = 0; i < self->options.faults->len; i++)
    {
      const EkSimFault *fault = &g_array_index (self->options.faults, EkSimFault, i);

      if (fault->kind == kind && fault->frame == 0)
        return TRUE;
    }

  return FALSE;
}

/**
 * ek_sim_mem_is_valid:
 *
 * Returns: whether the ROM lets a program be put there
 */
gboolean
ek_sim_mem_is_valid (EkSimulator *self, guint32 address, guint32 size)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->options.chip->ram); i++)
    if (address >= self->options.chip->ram[i][0] &&
        (guint64) address + size <= self->options.chip->ram[i][1])
      return TRUE;

  return FALSE;
}

/**
 * ek_simulator_get_next_event:
 *
 * Returns: when something happens next by itself, in microseconds of the model; -1 for never
 */
gint64
ek_simulator_get_next_event (EkSimulator *self)
{
  EkSimOutput *output = g_queue_peek_head (&self->output);

  return ek_sim_earlier (ek_sim_next_timer (self), output != NULL ? output->time : -1);
}

/**
 * ek_simulator_advance:
 * @time: microseconds of the model; the clock does not go back
 */
void
ek_simulator_advance (EkSimulator *self, gint64 time)
{
  gint64 next;

  while ((next = ek_sim_next_timer (self)) >= 0 && next <= time)
    {
      self->now = MAX (self->now, next);
      ek_sim_run_timer (self);
    }
  self->now = MAX (self->now, time);
}

gint64
ek_simulator_get_now (EkSimulator *self)
{
  return self->now;
}

gboolean
ek_simulator_is_present (EkSimulator *self)
{
  return self->present;
}

/**
 * ek_simulator_get_name:
 *
 * Returns: (transfer none): changes when the device comes back after it was unplugged
 */
const char *
ek_simulator_get_name (EkSimulator *self)
{
  return self->name;
}

/**
 * ek_simulator_get_usb_id:
 *
 * Returns: vendor << 16 | product
 */
guint
ek_simulator_get_usb_id (EkSimulator *self)
{
  return self->options.usb_id;
}

/**
 * ek_simulator_get_flash:
 * @size: (out): bytes
 *
 * Returns: (transfer none): the flash's contents, to look at and to change
 */
guint8 *
ek_simulator_get_flash (EkSimulator *self, gsize *size)
{
  if (size != NULL)
    *size = self->options.flash_size;
  return self->flash;
}

void
ek_simulator_get_stats (EkSimulator *self, EkSimulatorStats *stats)
{
  *stats = self->stats;
  stats->now_us = self->now;
}

/**
 * ek_simulator_save:
 *
 * Makes sure that the contents are in their file, where there is one.
 */
gboolean
ek_simulator_save (EkSimulator *self, GError **error)
{
  if (self->flash_mapped == 0 || msync (self->flash, self->flash_mapped, MS_SYNC) == 0)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_FILE_WRITE, "%s: %s", self->options.flash_path,
               g_strerror (errno));
  return FALSE;
}

/**
 * ek_simulator_set_demo_contents:
 * @contents: (nullable): what a fresh device holds from offset 0 on, in this process
 */
void
ek_simulator_set_demo_contents (GBytes *contents)
{
  g_clear_pointer (&demo_contents, g_bytes_unref);
  if (contents != NULL)
    demo_contents = g_bytes_ref (contents);
}

static gboolean
set_file_error (const char *path, GError **error)
{
  int number = errno;

  g_set_error (error, EK_ERROR,
               number == ENOSPC || number == EDQUOT || number == EFBIG ? EK_ERROR_DISK_FULL
               : number == ENOENT                                      ? EK_ERROR_FILE_NOT_FOUND
                                                                       : EK_ERROR_FILE_UNREADABLE,
               "%s: %s", path, g_strerror (number));
  return FALSE;
}

/* The file is the flash: shorter ones are filled up with 0xFF. */
static gboolean
map_file (EkSimulator *self, GError **error)
{
  const char *path = self->options.flash_path;
  gsize size = self->options.flash_size;
  struct stat status;
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
  gsize old_size;
  void *mapped;

  if (fd < 0)
    return set_file_error (path, error);
  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) || (gsize) status.st_size > size)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FILE_UNREADABLE,
                   "%s: not a file of at most %" G_GSIZE_FORMAT " bytes", path, size);
      close (fd);
      return FALSE;
    }

  old_size = (gsize) status.st_size;
  errno = old_size < size ? posix_fallocate (fd, 0, (off_t) size) : 0;
  mapped = errno == 0 ? mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
  if (mapped == MAP_FAILED)
    {
      set_file_error (path, error);
      if (ftruncate (fd, (off_t) old_size) != 0)
        g_debug ("%s: %s", path, g_strerror (errno));
      close (fd);
      return FALSE;
    }
  close (fd);

  self->flash = mapped;
  self->flash_mapped = size;
  memset (self->flash + old_size, 0xff, size - old_size);
  if (old_size == 0 && demo_contents != NULL && !self->options.blank)
    memcpy (self->flash, g_bytes_get_data (demo_contents, NULL),
            MIN (size, g_bytes_get_size (demo_contents)));
  return TRUE;
}

static gboolean
fill_flash (EkSimulator *self, GError **error)
{
  gsize size = self->options.flash_size;
  g_autofree char *image = NULL;
  gsize image_size;

  if (self->options.flash_path != NULL)
    return map_file (self, error);

  self->flash = g_malloc (size);
  memset (self->flash, 0xff, size);
  if (self->options.image_path != NULL)
    {
      if (!g_file_get_contents (self->options.image_path, &image, &image_size, error))
        {
          ek_error_convert (error);
          return FALSE;
        }
      if (image_size > size)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_FILE_TOO_LARGE,
                       "%s: larger than a flash of %" G_GSIZE_FORMAT " bytes",
                       self->options.image_path, size);
          return FALSE;
        }
      memcpy (self->flash, image, image_size);
    }
  else if (!self->options.blank && demo_contents != NULL)
    {
      memcpy (self->flash, g_bytes_get_data (demo_contents, NULL),
              MIN (size, g_bytes_get_size (demo_contents)));
    }

  return TRUE;
}

static void
ek_simulator_finalize (GObject *object)
{
  EkSimulator *self = EK_SIMULATOR (object);

  if (self->flash_mapped != 0)
    munmap (self->flash, self->flash_mapped);
  else
    g_free (self->flash);
  ek_sim_write_clear (&self->write);
  g_queue_clear_full (&self->output, ek_sim_output_free);
  g_clear_pointer (&self->read_checksum, g_checksum_free);
  g_clear_pointer (&self->registers, g_hash_table_unref);
  g_clear_pointer (&self->frame, g_byte_array_unref);
  g_clear_pointer (&self->queued_starts, g_array_unref);
  g_free (self->name);
  ek_sim_options_clear (&self->options);

  G_OBJECT_CLASS (ek_simulator_parent_class)->finalize (object);
}

static void
ek_simulator_class_init (EkSimulatorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_simulator_finalize;
}

static void
ek_simulator_init (EkSimulator *self)
{
  g_queue_init (&self->output);
  self->registers = g_hash_table_new (NULL, NULL);
  self->frame = g_byte_array_new ();
  self->queued_starts = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->random = 0x9e3779b9;
  self->host_baud = self->chip_baud = EK_SIM_ROM_BAUD;
  self->appear_at = self->strap_at = self->reboot_at = self->watchdog_at = self->hands_at = -1;
}

/**
 * ek_simulator_restart:
 *
 * Switches the device off and on; what it prints then, nobody hears. The costs start from zero.
 */
void
ek_simulator_restart (EkSimulator *self)
{
  self->now = 0;
  self->to_chip_free = self->from_chip_free = 0;
  self->download_flag = self->options.start_download;
  ek_sim_reset (self, 0, EK_SIM_RESET_POWERON, TRUE);
  ek_sim_drop_output (self, -1);
  self->watchdog_at = -1;
  self->hands_at = self->options.hands_us;
  self->k0_held = self->helped = FALSE;
  self->from_chip_free = 0;
  self->stats = (EkSimulatorStats){ 0 };
}

/**
 * ek_simulator_new:
 * @options: (nullable): `CHIP?key=value&…`; see ek_simulator_get_option_docs()
 *
 * Returns: (transfer full): a device that was plugged in before the clock's zero; %NULL with
 *   %EK_ERROR_INVALID_ARGUMENT or a file's error
 */
EkSimulator *
ek_simulator_new (const char *options, GError **error)
{
  g_autoptr (EkSimulator) self = g_object_new (EK_TYPE_SIMULATOR, NULL);

  if (!ek_sim_options_parse (&self->options, options, error) || !fill_flash (self, error))
    return NULL;

  self->present = TRUE;
  self->name = g_strdup (self->options.chip->id);
  ek_simulator_restart (self);
  return g_steal_pointer (&self);
}
