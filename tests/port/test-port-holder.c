/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who has a port open, in a /proc that the test builds, and in the real one. */
#include "config.h"

#include "computer.h"
#include "ek-port-holder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static gboolean
find (Computer *computer, const char *tty, EkPortHolder *holder)
{
  g_autofree char *node = g_build_filename (computer->dev, tty, NULL);

  return ek_port_holder_find (node, computer->proc, holder);
}

static void
test_names_the_program (void)
{
  static const struct
  {
    const char *comm;
    const char *cmdline;
    const char *name;
  } rows[] = {
    { "arduino-ide\n", "/opt/arduino/arduino-ide", "arduino-ide" },
    { "python3\n", "/usr/bin/python3 -u /usr/bin/esptool.py write-flash", "esptool" },
    { "python3.11\n", "python3 -m miniterm", "miniterm" },
    { "java\n", "java -jar", "java" },
    { "", "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (Computer) computer = { 0 };
      g_auto (EkPortHolder) holder = { 0 };

      computer_init (&computer);
      computer_put_node (&computer, "ttyACM0");
      computer_put_process (&computer, 17, "bash\n", "bash", NULL);
      computer_put_process (&computer, 4211, rows[i].comm, rows[i].cmdline, "ttyACM0");
      g_assert_true (find (&computer, "ttyACM0", &holder));
      g_assert_cmpint (holder.pid, ==, 4211);
      g_assert_cmpstr (holder.name, ==, rows[i].name);
    }
}

static void
test_finds_nobody (void)
{
  g_auto (Computer) computer = { 0 };
  g_auto (EkPortHolder) holder = { 0 };

  computer_init (&computer);
  computer_put_node (&computer, "ttyACM0");
  computer_put_node (&computer, "ttyACM01");
  g_assert_false (find (&computer, "ttyACM0", &holder)); /* no /proc at all */
  computer_put_process (&computer, 17, "minicom\n", "minicom", "ttyACM01");
  g_assert_false (find (&computer, "ttyACM0", &holder));
  g_assert_false (find (&computer, "ttyACM9", &holder)); /* no such node */
  g_assert_cmpint (holder.pid, ==, 0);
  g_assert_null (holder.name);
}

/* Of other users' programs only the locks can be seen. */
static void
test_reads_locks (void)
{
  g_auto (Computer) computer = { 0 };
  g_auto (EkPortHolder) holder = { 0 };
  g_autofree char *node = NULL;
  g_autofree char *locks = NULL;
  g_autofree char *text = NULL;
  struct stat status;

  computer_init (&computer);
  computer_put_node (&computer, "ttyACM0");
  computer_put_process (&computer, 900, "ModemManager\n", "/usr/sbin/ModemManager", NULL);
  node = g_build_filename (computer.dev, "ttyACM0", NULL);
  g_assert_cmpint (stat (node, &status), ==, 0);
  locks = g_build_filename (computer.proc, "locks", NULL);
  text = g_strdup_printf ("1: POSIX  ADVISORY  WRITE 12 00:01:1 0 EOF\n"
                          "garbage\n"
                          "2: FLOCK  ADVISORY  WRITE 900 %02x:%02x:%" G_GUINT64_FORMAT " 0 EOF\n",
                          major (status.st_dev), minor (status.st_dev), (guint64) status.st_ino);
  g_assert_true (g_file_set_contents (locks, text, -1, NULL));

  g_assert_true (find (&computer, "ttyACM0", &holder));
  g_assert_cmpint (holder.pid, ==, 900);
  g_assert_cmpstr (holder.name, ==, "ModemManager");
}

static void
test_sees_this_process_in_the_real_proc (void)
{
  g_auto (Computer) computer = { 0 };
  g_auto (EkPortHolder) holder = { 0 };
  g_autofree char *node = NULL;
  int fd;

  computer_init (&computer);
  computer_put_node (&computer, "ttyACM0");
  node = g_build_filename (computer.dev, "ttyACM0", NULL);
  g_assert_false (ek_port_holder_find (node, NULL, &holder));
  fd = open (node, O_RDWR | O_CLOEXEC);
  g_assert_true (ek_port_holder_find (node, NULL, &holder));
  g_assert_cmpint (holder.pid, ==, getpid ());
  close (fd);
}

static void
test_knows_what_is_running (void)
{
  g_auto (Computer) computer = { 0 };

  computer_init (&computer);
  g_assert_false (ek_port_holder_is_running (EK_MODEM_MANAGER, computer.proc));
  computer_put_process (&computer, 900, "ModemManager\n", "/usr/sbin/ModemManager", NULL);
  g_assert_true (ek_port_holder_is_running (EK_MODEM_MANAGER, computer.proc));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/port-holder/names-the-program", test_names_the_program);
  g_test_add_func ("/port-holder/finds-nobody", test_finds_nobody);
  g_test_add_func ("/port-holder/reads-locks", test_reads_locks);
  g_test_add_func ("/port-holder/sees-this-process-in-the-real-proc",
                   test_sees_this_process_in_the_real_proc);
  g_test_add_func ("/port-holder/knows-what-is-running", test_knows_what_is_running);

  return g_test_run ();
}
