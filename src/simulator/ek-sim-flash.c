/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The NOR flash: erasing sets bits, programming only clears them, and both take their time. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-simulator-private.h"

#include "ek-bytes.h"

#include <string.h>

/**
 * ek_sim_flash_contains:
 *
 * Returns: whether the range lies inside the flash
 */
gboolean
ek_sim_flash_contains (EkSimulator *self, guint32 offset, guint64 size)
{
  return (guint64) offset + size <= self->options.flash_size;
}

/* How much of an operation over @size bytes is done: all, or half if power fails in it. */
static guint32
powered_part (EkSimulator *self, guint32 size)
{
  if (!self->power_fails)
    return size;
  if (self->power_lost)
    return 0;

  self->power_lost = TRUE;
  return size / 2;
}

/**
 * ek_sim_flash_erase:
 * @time: when the erase may begin
 * @offset: multiple of 4096
 * @size: 4096 or 65536
 *
 * Returns: when it is done
 */
gint64
ek_sim_flash_erase (EkSimulator *self, gint64 time, guint32 offset, guint32 size)
{
  gboolean block = size == EK_SIM_BLOCK;
  gint64 duration = block ? self->options.erase_block_us : self->options.erase_sector_us;

  if (!ek_sim_has_fault (self, EK_SIM_FAULT_WRITE_PROTECT) &&
      ek_sim_flash_contains (self, offset, size))
    memset (self->flash + offset, 0xff, powered_part (self, size));

  self->stats.erase_us += duration;
  self->stats.blocks_erased += block;
  self->stats.sectors_erased += !block;
  self->flash_busy_until = MAX (time, self->flash_busy_until) + duration;
  return self->flash_busy_until;
}

static gint64
program_page (EkSimulator *self, gint64 time, guint32 offset, const guint8 *data, guint32 size)
{
  gint64 duration =
      ek_bytes_all (data, size, 0xff) ? self->options.blank_page_us : self->options.page_us;

  guint32 part = powered_part (self, size);

  if (!ek_sim_has_fault (self, EK_SIM_FAULT_WRITE_PROTECT))
    for (guint32 i = 0; i < part; i++)
      self->flash[offset + i] &= data[i];

  self->stats.program_us += duration;
  self->stats.pages_programmed++;
  return time + duration;
}

/**
 * ek_sim_flash_program:
 * @data: (array length=size)
 *
 * Waits for an erase that is under way, then programs page by page.
 *
 * Returns: when it is done
 */
gint64
ek_sim_flash_program (EkSimulator *self,
                      gint64 time,
                      guint32 offset,
                      const guint8 *data,
                      guint32 size)
{
  time = MAX (time, self->flash_busy_until);
  while (size > 0 && ek_sim_flash_contains (self, offset, 1))
    {
      guint32 n = MIN (EK_SIM_PAGE - offset % EK_SIM_PAGE, size);

      n = MIN (n, self->options.flash_size - offset);
      time = program_page (self, time, offset, data, n);
      offset += n;
      data += n;
      size -= n;
    }

  self->flash_busy_until = time;
  return time;
}

/**
 * ek_sim_flash_md5:
 * @digest: (out caller-allocates) (array fixed-size=16)
 *
 * Returns: when it is done
 */
gint64
ek_sim_flash_md5 (EkSimulator *self, gint64 time, guint32 offset, guint32 size, guint8 *digest)
{
  gint64 duration = (gint64) (size / self->options.md5_rate * G_USEC_PER_SEC);

  ek_bytes_md5 (self->flash + offset, size, digest);
  self->stats.hash_us += duration;

  return MAX (time, self->flash_busy_until) + duration;
}
