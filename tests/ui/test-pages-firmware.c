/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of what could be installed: lists, their entries, what is broken in them, and more lists. */
#include "config.h"

#include <glib/gstdio.h>

#include "ek-advice.h"
#include "ek-firmware-page.h"
#include "ek-list-offer.h"
#include "ek-test.h"
#include "page-test.h"

/* One entry that can be installed, and one that lacks its file. */
#define CLOCKS                                           \
  "esp_toml_version = 1.0\n"                             \
  "firmware_images_url = \"https://example.invalid/\"\n" \
  "supported_apps = [\"Clock & Co\", \"Broken\"]\n"      \
  "[\"Clock & Co\"]\nchipsets = [\"ESP32-S3\"]\n"        \
  "description = \"tells <the> time & date\"\n"          \
  "image.esp32-s3 = \"clock.bin\"\n"                     \
  "[Broken]\nchipsets = [\"ESP32-S3\"]\n"

typedef struct
{
  PageTest *test;
  char *folder;
  GSettings *settings;
  EkStore *store;
  EkLists *lists;
  char *chosen; /* the offer's title */
} Firmware;

static EkFirmwarePage *
page (Firmware *self)
{
  return EK_FIRMWARE_PAGE (self->test->page);
}

static void
on_chosen (EkFirmwarePage *firmware_page, EkOffer *offer, Firmware *self)
{
  g_free (self->chosen);
  self->chosen = g_strdup (ek_offer_get_facts (offer)->title);
}

static void
firmware_init (Firmware *self, PageTest *test)
{
  /* nobody listens there: no test asks the web */
  g_autoptr (GProxyResolver) proxy = g_simple_proxy_resolver_new ("http://127.0.0.1:9", NULL);

  *self = (Firmware){ .test = test, .folder = g_dir_make_tmp ("ek-firmware-XXXXXX", NULL) };
  self->settings = g_settings_new ("dev.echokit.Flasher");
  g_settings_reset (self->settings, "lists");
  self->store = ek_store_new (self->folder);
  ek_store_set_proxy_resolver (self->store, proxy);
  self->lists = ek_lists_new (self->store, self->settings);
  ek_firmware_page_set_library (page (self), self->lists);
  g_signal_connect (test->page, "chosen", G_CALLBACK (on_chosen), self);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_folder (child);
    }
  g_remove (path);
}

/* The page goes first: it holds the lists for as long as it lives. */
static void
firmware_clear (Firmware *self)
{
  page_test_drop_page (self->test);
  page_test_finalize (self->lists);
  page_test_finalize (self->store);
  g_object_unref (self->settings);
  remove_folder (self->folder);
  g_free (self->folder);
  g_free (self->chosen);
}

static gboolean
is_idle (gpointer address)
{
  return gtk_editable_get_editable (address);
}

static void
type_address (Firmware *self, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (page_test_child (self->test, "address")), text);
}

static gboolean
spins (Firmware *self)
{
  return gtk_spinner_get_spinning (GTK_SPINNER (page_test_child (self->test, "spinner")));
}

/* Types @location, presses the button and waits for what comes of it. */
static void
add_list (Firmware *self, const char *location)
{
  GtkWidget *address = page_test_child (self->test, "address");

  type_address (self, location);
  g_signal_emit_by_name (page_test_child (self->test, "add_button"), "clicked");
  g_assert_false (is_idle (address));
  g_assert_true (spins (self));
  ui_wait_for (is_idle, address);
  g_assert_false (spins (self));
  page_test_settle ();
}

static void
add_content (Firmware *self, const char *name, const char *content)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, content, -1, NULL));
  add_list (self, path);
}

static GtkWidget *
row_of (Firmware *self, const char *title)
{
  GtkWidget *label = ui_find_text (self->test->page, title);

  g_assert_nonnull (label);
  return gtk_widget_get_ancestor (label, GTK_TYPE_LIST_BOX_ROW);
}

static const char *
typed (Firmware *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (page_test_child (self->test, "address")));
}

static void
test_built_in (PageTest *test, gconstpointer type)
{
  Firmware firmware;

  firmware_init (&firmware, test);
  g_assert_nonnull (row_of (&firmware, "EchoKit Box"));
  g_assert_true (gtk_widget_activate (row_of (&firmware, "EchoKit DIY")));
  g_assert_cmpstr (firmware.chosen, ==, "EchoKit DIY");
  /* what the app brings along stays */
  g_assert_null (ui_find_button (test->page, "Remove"));
  page_test_assert_names (test);
  g_assert_true (gtk_widget_activate (row_of (&firmware, "Install a file…")));
  g_assert_cmpstr (test->acted->str, ==, "win.open-file");
  firmware_clear (&firmware);
}

static void
test_added (PageTest *test, gconstpointer type)
{
  Firmware firmware;
  GtkWidget *broken;

  firmware_init (&firmware, test);
  add_content (&firmware, "clocks.toml", CLOCKS);
  g_assert_false (page_test_sees (test, "address_problem"));
  g_assert_cmpstr (typed (&firmware), ==, "");
  g_assert_nonnull (ui_find_text (test->page, "tells <the> time & date"));
  g_assert_true (gtk_widget_activate (row_of (&firmware, "Clock & Co")));
  g_assert_cmpstr (firmware.chosen, ==, "Clock & Co");
  page_test_assert_names (test);

  /* the broken entry says so and can't be chosen; the others can */
  broken = row_of (&firmware, "This entry is broken");
  g_assert_false (gtk_widget_is_sensitive (broken));

  page_test_click (test, "Remove", NULL);
  page_test_settle ();
  g_assert_null (ui_find_text (test->page, "Clock & Co"));
  g_assert_nonnull (row_of (&firmware, "EchoKit Box"));
  firmware_clear (&firmware);
}

/* What can't be read stays where it was typed, and what is wrong with it is said beside it. */
static void
test_refused (PageTest *test, gconstpointer type)
{
  const EkAdvice *advice = ek_advice_for_code (EK_ERROR_CATALOG);
  GtkWidget *address = page_test_child (test, "address");
  g_autofree char *missing = NULL;
  Firmware firmware;

  firmware_init (&firmware, test);
  add_content (&firmware, "broken.toml", "this is no list [");
  g_assert_true (page_test_sees (test, "address_problem"));
  g_assert_true (g_str_has_prefix (page_test_text (test, "address_problem"), advice->title));
  g_assert_true (gtk_widget_has_css_class (address, "error"));
  g_assert_true (g_str_has_suffix (typed (&firmware), "broken.toml"));
  g_assert_null (ui_find_button (test->page, "Remove"));
  page_test_assert_names (test);

  /* whoever types on has read it */
  type_address (&firmware, "broken.tom");
  g_assert_false (page_test_sees (test, "address_problem"));
  g_assert_false (gtk_widget_has_css_class (address, "error"));

  missing = g_build_filename (firmware.folder, "missing.toml", NULL);
  add_list (&firmware, missing);
  g_assert_true (page_test_sees (test, "address_problem"));
  add_content (&firmware, "clocks.toml", CLOCKS);
  g_assert_false (page_test_sees (test, "address_problem"));
  firmware_clear (&firmware);
}

static void
test_nothing_typed (PageTest *test, gconstpointer type)
{
  Firmware firmware;

  firmware_init (&firmware, test);
  g_assert_false (gtk_widget_is_sensitive (page_test_child (test, "add_button")));
  g_signal_emit_by_name (page_test_child (test, "address"), "activate");
  g_assert_true (is_idle (page_test_child (test, "address")));
  type_address (&firmware, "a");
  g_assert_true (gtk_widget_is_sensitive (page_test_child (test, "add_button")));
  type_address (&firmware, "");
  g_assert_false (gtk_widget_is_sensitive (page_test_child (test, "add_button")));
  firmware_clear (&firmware);
}

/* Whoever looks sees all that came while nobody looked. */
static void
test_changed_unseen (PageTest *test, gconstpointer type)
{
  g_autofree char *path = NULL;
  Firmware firmware;

  firmware_init (&firmware, test);
  gtk_widget_set_visible (test->page, FALSE);
  path = g_build_filename (firmware.folder, "clocks.toml", NULL);
  g_assert_true (g_file_set_contents (path, CLOCKS, -1, NULL));
  ek_firmware_page_add_list (page (&firmware), path);
  ui_wait_for (is_idle, page_test_child (test, "address"));
  gtk_widget_set_visible (test->page, TRUE);
  g_assert_nonnull (ui_find_text (test->page, "Clock & Co"));
  firmware_clear (&firmware);
}

/* The page goes while a list is on its way. */
static void
test_gone_meanwhile (PageTest *test, gconstpointer type)
{
  Firmware firmware;
  g_autofree char *path = NULL;

  firmware_init (&firmware, test);
  path = g_build_filename (firmware.folder, "clocks.toml", NULL);
  g_assert_true (g_file_set_contents (path, CLOCKS, -1, NULL));
  ek_firmware_page_add_list (page (&firmware), path);
  gtk_window_set_focus (test->window, NULL);
  gtk_window_set_child (test->window, NULL);
  /* it lives until the answer has come, and says nothing to anybody */
  while (G_OBJECT (test->page)->ref_count > 1)
    g_main_context_iteration (NULL, TRUE);
  firmware_clear (&firmware);
}

static void
test_narrow (PageTest *test, gconstpointer type)
{
  Firmware firmware;
  g_autofree char *folder = ek_test_shared_path ("launchpad");
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  firmware_init (&firmware, test);
  add_content (&firmware, "clocks.toml", CLOCKS);
  page_test_assert_narrow (test, "a list of two");
  add_content (&firmware, "broken.toml", "this is no list [");
  page_test_assert_narrow (test, "a broken list");
  /* what people have published */
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_str_has_suffix (name, ".toml"))
        {
          add_list (&firmware, path);
          page_test_assert_narrow (test, name);
        }
    }
  firmware_clear (&firmware);
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

#define ADD(path, func) page_test_add (path, EK_TYPE_FIRMWARE_PAGE, func)
  ADD ("/pages/firmware/built-in", test_built_in);
  ADD ("/pages/firmware/added-and-removed", test_added);
  ADD ("/pages/firmware/refused", test_refused);
  ADD ("/pages/firmware/nothing-typed", test_nothing_typed);
  ADD ("/pages/firmware/changed-unseen", test_changed_unseen);
  ADD ("/pages/firmware/gone-meanwhile", test_gone_meanwhile);
  ADD ("/narrow/firmware", test_narrow);
#undef ADD

  return g_test_run ();
}
