/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One page for every problem: the words come from the advice, by the error's code. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-problem-page.h"

#include <glib/gi18n.h>

#include "ek-advice.h"
#include "ek-device-access.h"
#include "ek-device-driver.h"
#include "ek-dialogs.h"
#include "ek-install-operation.h"
#include "ek-heading.h"
#include "ek-picture.h"
#include "ek-report.h"
#include "ek-retry.h"

struct _EkProblemPage
{
  AdwBin parent_instance;

  EkOperation *operation;
  EkRetry *retry;
  GError *error;
  const char *button_action;
  char *other_action;
  char *command;

  EkPicture *picture;
  GtkLabel *title;
  GtkLabel *why;
  GtkLabel *state;
  GtkListBox *steps;
  GtkWidget *command_box;
  AdwActionRow *command_row;
  GtkWidget *meanwhile_box;
  GtkLabel *meanwhile;
  GtkSpinner *spinner;
  GtkButton *button;
  GtkButton *other_button;
  GtkExpander *details;
  GtkLabel *technical;
};

G_DEFINE_FINAL_TYPE (EkProblemPage, ek_problem_page, ADW_TYPE_BIN)

/* What is printed on the device or named in a step decides its drawing; the first that fits. */
static const struct
{
  const char *word;
  const char *picture;
} step_pictures[] = {
  { "Hold K0 down", "buttons-hold" },
  { "Tap RST while", "buttons-tap" },
  { "Let go of K0", "buttons-release" },
  { "Let go of all", "buttons-reset" },
  { "K0", "buttons" },
  { "RST", "buttons-reset" },
  { "SLAVE", "socket" },
  { "TTL", "socket" },
  { "socket", "socket" },
  { "cable", "cable" },
  { "lug", "plug-in" },
  { "programs", "program" },
  { "internet", "network" },
  { "network", "network" },
  { "ownload", "network" },
  { "permission", "lock" },
  { "file", "file" },
  { "ry again", "again" },
  { "nstall", "again" },
  { "update again", "again" },
};

static const char *
picture_for_step (const char *step)
{
  for (guint i = 0; i < G_N_ELEMENTS (step_pictures); i++)
    if (strstr (step, step_pictures[i].word) != NULL)
      return step_pictures[i].picture;

  return NULL;
}

static GtkWidget *
new_step (guint number, const char *step)
{
  g_autofree char *text = g_strdup_printf ("%u", number);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *label = gtk_label_new (text);
  const char *picture = picture_for_step (step);

  gtk_widget_add_css_class (label, "step-number");
  gtk_widget_set_valign (label, GTK_ALIGN_CENTER);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (step));
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), label);
  if (picture != NULL)
    {
      GtkWidget *drawing = ek_picture_new (picture, 56);

      gtk_widget_add_css_class (drawing, "step");
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), drawing);
    }

  return row;
}

static void
show_steps (EkProblemPage *self, const EkAdvice *advice)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->steps))) != NULL)
    gtk_list_box_remove (self->steps, child);
  for (guint i = 0; advice->steps[i] != NULL; i++)
    gtk_list_box_append (self->steps, new_step (i + 1, advice->steps[i]));
  gtk_widget_set_visible (GTK_WIDGET (self->steps), advice->steps[0] != NULL);
}

static void
show_advice (EkProblemPage *self, const GError *error)
{
  const EkAdvice *advice = ek_advice_for_error (error);
  EkError code = error->domain == EK_ERROR ? (EkError) error->code : EK_ERROR_INTERNAL;
  g_autofree char *details = ek_report_details (self->operation, error);

  ek_picture_set_name (self->picture, ek_retry_picture (code));
  gtk_label_set_label (self->title, _ (advice->title));
  gtk_label_set_label (self->why, _ (advice->why));
  gtk_label_set_label (self->technical, details);
  show_steps (self, advice);
}

/* The truth about the device, where something was written already. */
static void
show_state (EkProblemPage *self)
{
  gboolean touched = self->operation != NULL && !ek_operation_is_harmless (self->operation);

  gboolean saving = self->operation != NULL && ek_operation_is_saving_backup (self->operation);

  gtk_widget_set_visible (GTK_WIDGET (self->state), touched || saving);
  if (touched)
    gtk_label_set_label (self->state, _ ("Your EchoKit will not start until this is finished. "
                                         "Nothing is lost: it can be finished any time."));
  else if (saving)
    gtk_label_set_label (self->state, _ ("Nothing was changed on your EchoKit: the installation "
                                         "begins when the backup is saved."));
}

static void
show_meanwhile (EkProblemPage *self, EkRetryKind kind)
{
  const char *words = ek_retry_words (kind);

  gtk_widget_set_visible (self->meanwhile_box, words != NULL);
  gtk_spinner_set_spinning (self->spinner, words != NULL);
  gtk_label_set_label (self->meanwhile, words != NULL ? words : "");
}

static void
set_button (EkProblemPage *self, const char *label, const char *action)
{
  gtk_button_set_label (self->button, label);
  self->button_action = action;
}

static void
on_button_clicked (EkProblemPage *self)
{
  if (self->retry != NULL)
    ek_retry_stop (self->retry);
  gtk_widget_activate_action (GTK_WIDGET (self), self->button_action, NULL);
}

static void
on_other_clicked (EkProblemPage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), self->other_action, NULL);
}

static void
on_save_report (GtkWidget *widget, const char *action, GVariant *parameter)
{
  EkProblemPage *self = EK_PROBLEM_PAGE (widget);
  g_autofree char *report = ek_report_new (self->operation, self->error);

  ek_dialog_save_text (GTK_WINDOW (gtk_widget_get_root (widget)), _ ("Save the Report"),
                       "echokit-report.txt", report);
}

static void
on_copy_command (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), EK_PROBLEM_PAGE (widget)->command);
  gtk_widget_activate_action (widget, "win.say", "s", _ ("Copied"));
}

/* What gives this very account the permission, or the device its driver, on this very computer. */
static char *
find_command (EkDevice *device, const GError *error)
{
  g_autoptr (EkDeviceAccess) access = NULL;
  g_autoptr (EkDeviceDriver) driver = NULL;
  guint16 vid = 0, pid = 0;

  if (g_error_matches (error, EK_ERROR, EK_ERROR_PORT_NO_PERMISSION))
    {
      ek_device_get_usb_ids (device, &vid, &pid);
      access = ek_device_access_new (ek_device_get_path (device), vid, NULL);
      return g_strdup (ek_device_access_get_command (access));
    }
  if (g_error_matches (error, EK_ERROR, EK_ERROR_PORT_NO_DRIVER))
    {
      driver = ek_device_driver_new (device, NULL, NULL);
      return g_strdup (driver->command);
    }

  return NULL;
}

static void
show_command (EkProblemPage *self, EkTarget *target, const GError *error)
{
  EkDevice *device = target != NULL ? ek_target_get_device (target) : NULL;

  g_clear_pointer (&self->command, g_free);
  if (device != NULL)
    self->command = find_command (device, error);
  gtk_widget_set_visible (self->command_box, self->command != NULL);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->command_row), FALSE);
  adw_action_row_set_subtitle (self->command_row, self->command != NULL ? self->command : "");
}

/* Who has the device, where that is known. */
static void
show_holder (EkProblemPage *self, EkTarget *target, const GError *error)
{
  EkDevice *device = target != NULL ? ek_target_get_device (target) : NULL;
  const char *holder = device != NULL ? ek_device_get_holder (device, NULL) : NULL;
  g_autofree char *title = NULL;

  if (holder == NULL || !g_error_matches (error, EK_ERROR, EK_ERROR_PORT_BUSY))
    return;
  /* Translators: %s is a program's name */
  title = g_strdup_printf (_ ("Another program is using the device: %s"), holder);
  gtk_label_set_label (self->title, title);
}

static void
forget (EkProblemPage *self)
{
  g_clear_object (&self->retry);
  g_clear_object (&self->operation);
  g_clear_error (&self->error);
  g_clear_pointer (&self->other_action, g_free);
  g_clear_pointer (&self->command, g_free);
}

static void
ek_problem_page_dispose (GObject *object)
{
  forget (EK_PROBLEM_PAGE (object));

  G_OBJECT_CLASS (ek_problem_page_parent_class)->dispose (object);
}

static void
ek_problem_page_class_init (EkProblemPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ek_problem_page_dispose;
  g_type_ensure (EK_TYPE_HEADING);
  g_type_ensure (EK_TYPE_PICTURE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/dev/echokit/Flasher/ui/ek-problem-page.ui");
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, picture);
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, title);
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, why);
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, state);
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, steps);
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, command_box);
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, command_row);
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, meanwhile_box);
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, meanwhile);
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, spinner);
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, button);
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, other_button);
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, details);
  gtk_widget_class_bind_template_child (widget_class, EkProblemPage, technical);
  gtk_widget_class_bind_template_callback (widget_class, on_button_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_other_clicked);
  gtk_widget_class_install_action (widget_class, "problem.save-report", NULL, on_save_report);
  gtk_widget_class_install_action (widget_class, "problem.copy-command", NULL, on_copy_command);
}

static void
ek_problem_page_init (EkProblemPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ek_problem_page_show_error:
 * @error: one that belongs to no operation: of a file that was opened, of a device that can't be used
 * @target: (nullable): the device; whoever watches it leaves the page once it can be used
 */
void
ek_problem_page_show_error (EkProblemPage *self, const GError *error, EkTarget *target)
{
  EkRetryKind kind =
      target != NULL ? ek_retry_kind_for_code ((EkError) error->code) : EK_RETRY_NEVER;

  forget (self);
  self->error = g_error_copy (error);
  show_advice (self, error);
  show_holder (self, target, error);
  show_command (self, target, error);
  show_state (self);
  show_meanwhile (self, kind);
  set_button (self, _ ("_Back"), "win.home");
  ek_problem_page_set_other (self, NULL, NULL);
}

/**
 * ek_problem_page_set_operation:
 * @operation: (nullable): one that has failed; %NULL when nobody wants it any more
 *
 * Says why, and starts it again by itself where the app can see that the cause is gone.
 */
void
ek_problem_page_set_operation (EkProblemPage *self, EkOperation *operation)
{
  const GError *error;

  if (operation == NULL)
    {
      forget (self);
      return;
    }

  g_object_ref (operation);
  forget (self);
  error = ek_operation_get_error (operation);
  self->operation = operation;
  self->error = g_error_copy (error);
  self->retry = ek_retry_new (operation);
  show_advice (self, error);
  show_holder (self, ek_operation_get_target (operation), error);
  show_command (self, ek_operation_get_target (operation), error);
  show_state (self);
  show_meanwhile (self, ek_retry_kind_for_code ((EkError) error->code));
  set_button (self, _ ("_Try Again"), "win.try-again");
  ek_problem_page_set_other (self, NULL, NULL);
}

/**
 * ek_problem_page_set_other:
 * @label: (nullable): with a mnemonic; %NULL for no second button
 *
 * Offers another way out.
 */
void
ek_problem_page_set_other (EkProblemPage *self, const char *label, const char *action)
{
  gtk_widget_set_visible (GTK_WIDGET (self->other_button), label != NULL);
  if (label != NULL)
    gtk_button_set_label (self->other_button, label);
  g_free (self->other_action);
  self->other_action = g_strdup (action);
}

/**
 * ek_problem_page_get_operation:
 *
 * Returns: (nullable) (transfer none): what could be tried again
 */
EkOperation *
ek_problem_page_get_operation (EkProblemPage *self)
{
  return self->operation;
}

/**
 * ek_problem_page_get_error:
 *
 * Returns: (nullable) (transfer none): what it explains now
 */
const GError *
ek_problem_page_get_error (EkProblemPage *self)
{
  return self->error;
}
