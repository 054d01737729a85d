/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the simulated chip, shared by its files. */
#pragma once

#include "ek-simulator.h"

#include <zlib.h>

G_BEGIN_DECLS

#define EK_SIM_SECTOR 0x1000u
#define EK_SIM_BLOCK  0x10000u
#define EK_SIM_PAGE   0x100u

#define EK_SIM_MAX_FRAME (8u + 0x4000u + 0xffu) /* the stub's buffer (its frame_buffer.h) */
#define EK_SIM_WINDOW    32768u                 /* inflate window of ROM and stub */
#define EK_SIM_ROM_BAUD  115200u                /* after each reset */

/**
 * EkSimUsb:
 *
 * What is between the chip and the computer.
 */
typedef enum
{
  EK_SIM_USB_JTAG,
  EK_SIM_USB_OTG,
  EK_SIM_UART,
} EkSimUsb;

/**
 * EkSimMode:
 *
 * What the chip is doing.
 */
typedef enum
{
  EK_SIM_HELD, /* EN is low */
  EK_SIM_ROM,  /* download mode */
  EK_SIM_STUB,
  EK_SIM_FIRMWARE, /* boot loader or app: does not listen */
  EK_SIM_HUNG,     /* after a crash of the ROM */
} EkSimMode;

/* Reset reasons as the ROM prints them (esp_rom reset_reason). */
typedef enum
{
  EK_SIM_RESET_POWERON = 0x01,
  EK_SIM_RESET_RTC_SW = 0x03,
  EK_SIM_RESET_SW_CPU = 0x0c,
  EK_SIM_RESET_BROWN_OUT = 0x0f,
  EK_SIM_RESET_RTC_WDT = 0x10,
  EK_SIM_RESET_USB_UART = 0x15,
} EkSimReset;

/**
 * EkSimFaultKind:
 *
 * What goes wrong; see ek_simulator_get_option_docs().
 */
typedef enum
{
  EK_SIM_FAULT_DROP,
  EK_SIM_FAULT_FLIP,
  EK_SIM_FAULT_REPEAT,
  EK_SIM_FAULT_STALL,
  EK_SIM_FAULT_VANISH,
  EK_SIM_FAULT_REFUSE,
  EK_SIM_FAULT_WRONG_MD5,
  EK_SIM_FAULT_BROWNOUT,
  EK_SIM_FAULT_CRASH,
  EK_SIM_FAULT_NOISE,
  EK_SIM_FAULT_WRITE_PROTECT,
  EK_SIM_FAULT_BOOT_LOOP,
  EK_SIM_FAULT_STUB_NO_START,
  EK_SIM_FAULT_MUTE,
  EK_SIM_FAULT_NO_AUTO_RESET,
  EK_SIM_FAULT_ERASE_FAILS,
  EK_SIM_FAULT_DEAF,
  EK_SIM_FAULT_GARBLE,

  EK_SIM_N_FAULTS
} EkSimFaultKind;

/**
 * EkSimFault:
 * @from_chip: direction of the frame it strikes
 * @frame: number of that frame, from 1; 0: the whole run, or until hands help
 * @argument: seconds or bytes
 * @done: it struck already
 */
typedef struct
{
  EkSimFaultKind kind;
  gboolean from_chip;
  guint64 frame;
  double argument;
  gboolean done;
} EkSimFault;

/**
 * EkSimChip:
 *
 * A chip's identity: how detection tells it, and where its registers are.
 */
typedef struct
{
  const char *id;
  const char *name;
  guint16 chip_id;
  gboolean has_security_info;
  gboolean security_info_has_id;
  guint32 magic;
  guint32 mac_reg;
  guint32 revision_reg, revision_major_shift, revision_minor_shift; /* in one word */
  guint32 revision_major_reg;                                       /* 0: the same word */
  guint32 spi_base;
  guint8 spi_usr, spi_usr1, spi_usr2, spi_miso_dlen, spi_w0;
  guint32 strap_reg;
  guint32 wdt_config0, wdt_protect;
  guint32 swd_config;
  guint32 force_download_reg;
  guint32 bootloader_offset;
  guint32 ram[4][2]; /* where MEM_BEGIN may go */
} EkSimChip;

const EkSimChip *ek_sim_chip_find (const char *id);

/**
 * EkSimOptions:
 *
 * What the options text says. Times in microseconds.
 */
typedef struct
{
  const EkSimChip *chip;
  char *flash_path;
  char *image_path;
  gboolean blank;
  guint32 flash_size;
  guint32 flash_id;
  EkSimUsb usb;
  guint usb_id; /* vendor << 16 | product */
  guint baud_limit;
  guint8 mac[6];
  guint revision_major, revision_minor;
  gboolean secure_boot, encryption, secure_download;
  gboolean strap_download;
  gboolean start_download;
  guint console_baud; /* of what is on the flash; the ROM's is fixed */
  gint64 hands_us;    /* when somebody presses the buttons; -1: nobody does */
  gint64 erase_block_us, erase_sector_us, page_us, blank_page_us;
  double md5_rate, usb_rate;
  gint64 latency_us;
  GArray *faults; /* of EkSimFault */
} EkSimOptions;

gboolean ek_sim_options_parse (EkSimOptions *options, const char *text, GError **error);
void ek_sim_options_clear (EkSimOptions *options);

/**
 * EkSimWrite:
 *
 * A FLASH_BEGIN or FLASH_DEFL_BEGIN and what followed.
 */
typedef struct
{
  gboolean active;
  gboolean compressed;
  guint32 offset;
  gint64 remaining; /* uncompressed bytes still expected */
  guint32 block_size;
  guint32 next_erase;
  guint32 erase_remaining;
  gboolean dirty_seen;
  gboolean inflating;
  z_stream inflater;
  guint8 *window;
  guint32 window_filled;
} EkSimWrite;

/**
 * EkSimOutput:
 * @time: when the last of its bytes arrives
 * @baud: that the chip sends it with
 * @arrived: it is settled what the host makes of it
 */
typedef struct
{
  gint64 time;
  GBytes *bytes;
  gsize taken;
  guint baud;
  gboolean arrived;
} EkSimOutput;

struct _EkSimulator
{
  GObject parent_instance;

  EkSimOptions options;
  EkSimulatorStats stats;
  gint64 now;

  /* the flash chip */
  guint8 *flash;
  gsize flash_mapped; /* bytes of a mapped file; 0 if the flash is plain memory */
  gint64 flash_busy_until;
  guint8 flash_status[3];
  gboolean flash_write_enabled; /* until the next write of a status */

  /* the wire */
  guint host_baud, chip_baud;
  gint64 to_chip_free, from_chip_free; /* when the last byte will have passed */
  GQueue output;                       /* of EkSimOutput, by time */
  GByteArray *frame;
  gboolean in_frame, escaped, broken;
  GArray *queued_starts; /* when frames that wait for the CPU will be worked on */
  guint64 n_bytes_seen;
  guint32 random;

  /* the device */
  gboolean dtr, rts;
  gboolean present;
  gint64 appear_at; /* -1: not planned */
  guint n_appearances;
  char *name;
  gint64 strap_at;  /* when EN will have risen; -1 */
  gint64 reboot_at; /* -1 */
  EkSimReset reboot_reason;
  gboolean download_flag; /* USB-Serial/JTAG's or RTC's: the next reset enters download mode */
  gboolean strap_low;     /* GPIO0 when the chip last looked */
  gint64 watchdog_at;     /* USB-Serial/JTAG's watchdog in download mode; -1 */
  gint64 hands_at;        /* when somebody holds K0 and taps RST, then lets go of K0; -1 */
  gboolean k0_held;
  gboolean helped; /* hands have been at it: cable and wires are sound again */

  /* the processor */
  EkSimMode mode;
  gint64 busy_until;
  GHashTable *registers;
  guint32 last_value;
  guint8 last_command;
  gboolean attached;
  guint32 known_flash_size;
  EkSimWrite write;
  guint32 mem_address, mem_remaining;
  guint32 uploaded_start[4], uploaded_end[4];
  guint n_uploaded;
  guint deferred_error;
  gboolean reading;
  guint32 read_offset, read_size, read_sent, read_packet;
  GChecksum *read_checksum;
  gboolean md5_wrong;
  gboolean power_fails; /* during a brown-out's last frame */
  gboolean power_lost;
};

/* the wire */
void ek_sim_send_frame (EkSimulator *self, gint64 time, const guint8 *data, gsize size);
void ek_sim_send_text (EkSimulator *self, gint64 time, const char *text);
void ek_sim_drop_output (EkSimulator *self, gint64 after);
gboolean ek_sim_has_fault (EkSimulator *self, EkSimFaultKind kind);
EkSimFault *ek_sim_fault_for_frame (EkSimulator *self, gboolean from_chip, EkSimFaultKind kind);
/* The bytes without sense that the noise faults add to a reset. */
void ek_sim_send_noise (EkSimulator *self, gint64 time);
/* Frees an EkSimOutput. */
void ek_sim_output_free (gpointer item);

/* the device */
void ek_sim_reset (EkSimulator *self, gint64 time, EkSimReset reason, gboolean sample_straps);
void ek_sim_vanish (EkSimulator *self, gint64 time, double seconds);
/* When the device next does something by itself; -1 for never. */
gint64 ek_sim_next_timer (EkSimulator *self);
/* Does one thing whose time has come. */
void ek_sim_run_timer (EkSimulator *self);

/* The earlier of two times, of which -1 is never. */
static inline gint64
ek_sim_earlier (gint64 a, gint64 b)
{
  return a < 0 ? b : (b < 0 ? a : MIN (a, b));
}

/* the flash chip; each returns when it is done */
gint64 ek_sim_flash_erase (EkSimulator *self, gint64 time, guint32 offset, guint32 size);
gint64 ek_sim_flash_program (EkSimulator *self,
                             gint64 time,
                             guint32 offset,
                             const guint8 *data,
                             guint32 size);
gint64
ek_sim_flash_md5 (EkSimulator *self, gint64 time, guint32 offset, guint32 size, guint8 *digest);
gboolean ek_sim_flash_contains (EkSimulator *self, guint32 offset, guint64 size);

/* registers */
guint32 ek_sim_register_read (EkSimulator *self, guint32 address);
void ek_sim_register_write (EkSimulator *self,
                            gint64 time,
                            guint32 address,
                            guint32 value,
                            guint32 mask);
void ek_sim_registers_reset (EkSimulator *self);

/* the programs */
void ek_sim_write_clear (EkSimWrite *write);
void ek_sim_write_begin (EkSimWrite *write, const guint8 *payload, gboolean compressed);
void ek_sim_rom_handle (EkSimulator *self, gint64 time, const guint8 *frame, gsize size);
void ek_sim_stub_handle (EkSimulator *self, gint64 time, const guint8 *frame, gsize size);
void ek_sim_stub_start (EkSimulator *self, gint64 time);
gsize ek_sim_security_info (EkSimulator *self, guint8 *info);
void ek_sim_boot (EkSimulator *self, gint64 time, EkSimReset reason);
guint ek_sim_pty_get_speed (int fd);
gboolean ek_sim_mem_is_valid (EkSimulator *self, guint32 address, guint32 size);

G_END_DECLS
