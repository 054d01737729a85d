/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A window that knows the names of all actions of the real one, and does nothing but write them down. */
#include "config.h"

#include "page-test.h"

/* Of style.css: what is left and right of a page's content. */
#define PAGE_MARGIN 18

static void
on_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GString *acted = user_data;

  g_string_printf (acted, "win.%s", g_action_get_name (G_ACTION (action)));
  if (parameter != NULL)
    g_string_append_printf (acted, ": %s", g_variant_get_string (parameter, NULL));
}

/* Asked of the class: a button whose action the window does not have can't be pressed here either. */
static GSimpleActionGroup *
new_actions (GString *acted)
{
  GSimpleActionGroup *group = g_simple_action_group_new ();
  GtkWidgetClass *window_class = g_type_class_ref (EK_TYPE_WINDOW);
  const GVariantType *parameter_type;
  const char *name, *property;
  GType owner;

  for (guint i = 0;
       gtk_widget_class_query_action (window_class, i, &owner, &name, &parameter_type, &property);
       i++)
    {
      g_autoptr (GSimpleAction) action = NULL;

      if (owner != EK_TYPE_WINDOW || !g_str_has_prefix (name, "win."))
        continue;
      action = g_simple_action_new (name + strlen ("win."), parameter_type);
      g_signal_connect (action, "activate", G_CALLBACK (on_action), acted);
      g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
    }
  g_type_class_unref (window_class);
  return group;
}

void
page_test_setup (PageTest *self, gconstpointer page_type)
{
  EkDeviceFacts facts = { .id = g_strdup ("303a:1001:98:A3:16:E5:D8:4A"),
                          .path = g_strdup ("/nonexistent/ttyACM0"),
                          .bus_path = g_strdup ("1-2"),
                          .is_usb = TRUE,
                          .vid = 0x303a,
                          .pid = 0x1001,
                          .serial = g_strdup ("98:A3:16:E5:D8:4A") };
  g_autoptr (GSimpleActionGroup) actions = NULL;

  self->acted = g_string_new (NULL);
  actions = new_actions (self->acted);
  self->device = ek_device_new (&facts);
  ek_device_set_state (self->device, EK_DEVICE_READY, NULL);
  self->target = ek_target_new (self->device);
  self->page = g_object_ref_sink (g_object_new (GPOINTER_TO_SIZE (page_type), NULL));
  self->window = GTK_WINDOW (gtk_window_new ());
  gtk_widget_insert_action_group (GTK_WIDGET (self->window), "win", G_ACTION_GROUP (actions));
  gtk_window_set_default_size (self->window, PAGE_NARROW, PAGE_TALL);
  gtk_window_set_child (self->window, self->page);
  gtk_window_present (self->window);
}

static gboolean
is_alone (gpointer object)
{
  return ((GObject *) object)->ref_count == 1;
}

/**
 * page_test_finalize:
 * @object: (transfer full): nobody else may have it once the main loop has come to rest
 */
void
page_test_finalize (gpointer object)
{
  ui_wait_for (is_alone, object);
  g_assert_finalize_object (object);
}

/**
 * page_test_drop_page:
 *
 * Takes the page out of the window; it has to be gone with that, and is not there any more.
 */
void
page_test_drop_page (PageTest *self)
{
  gtk_window_set_focus (self->window, NULL);
  gtk_window_set_child (self->window, NULL);
  page_test_finalize (g_steal_pointer (&self->page));
}

/**
 * page_test_teardown:
 *
 * Page, target and device have to be gone with this: nothing may keep them.
 */
void
page_test_teardown (PageTest *self, gconstpointer page_type)
{
  if (self->page != NULL)
    page_test_drop_page (self);
  gtk_window_destroy (self->window);
  page_test_finalize (self->target);
  page_test_finalize (self->device);
  g_string_free (self->acted, TRUE);
}

/**
 * page_test_settle:
 *
 * Lets everything happen that is due already.
 */
void
page_test_settle (void)
{
  while (g_main_context_pending (NULL))
    g_main_context_iteration (NULL, FALSE);
}

/**
 * page_test_lay_out:
 *
 * Gives everything its place, as on a small screen.
 */
void
page_test_lay_out (PageTest *self)
{
  gtk_test_widget_wait_for_draw (GTK_WIDGET (self->window));
}

/**
 * page_test_child:
 * @id: as the page's template has it, of those that the page knows
 *
 * Returns: (transfer none)
 */
GtkWidget *
page_test_child (PageTest *self, const char *id)
{
  GObject *child = gtk_widget_get_template_child (self->page, G_OBJECT_TYPE (self->page), id);

  g_assert_nonnull (child);
  return GTK_WIDGET (child);
}

/**
 * page_test_text:
 *
 * Returns: (transfer none): what the label or the button @id says
 */
const char *
page_test_text (PageTest *self, const char *id)
{
  GtkWidget *child = page_test_child (self, id);

  return GTK_IS_BUTTON (child) ? gtk_button_get_label (GTK_BUTTON (child))
                               : gtk_label_get_label (GTK_LABEL (child));
}

/**
 * page_test_sees:
 *
 * Returns: whether a person sees @id
 */
gboolean
page_test_sees (PageTest *self, const char *id)
{
  return gtk_widget_get_mapped (page_test_child (self, id));
}

/**
 * page_test_click:
 * @label: of a button that can be seen, or its tooltip
 * @action: what the window has to be asked for; %NULL for nothing
 */
void
page_test_click (PageTest *self, const char *label, const char *action)
{
  GtkWidget *button = ui_find_button (self->page, label);

  if (button == NULL)
    g_error ("there is no button “%s”", label);
  g_string_truncate (self->acted, 0);
  g_assert_true (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
  g_assert_cmpstr (self->acted->str, ==, action != NULL ? action : "");
}

static gboolean
has_text (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget) && *gtk_label_get_text (GTK_LABEL (widget)) != '\0')
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (has_text (child))
      return TRUE;

  return FALSE;
}

/* GTK 4.8 takes the type's name for what has none: a screen reader would say “GtkEntry”. */
static gboolean
has_name (GtkWidget *widget)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);

  return gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL) ||
         gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY) ||
         ((GTK_IS_BUTTON (widget) || GTK_IS_LIST_BOX_ROW (widget)) && has_text (widget));
}

static gboolean
needs_name (GtkWidget *widget)
{
  GType types[] = { GTK_TYPE_BUTTON,      GTK_TYPE_CHECK_BUTTON, GTK_TYPE_SWITCH,
                    GTK_TYPE_ENTRY,       GTK_TYPE_SEARCH_ENTRY, GTK_TYPE_DROP_DOWN,
                    GTK_TYPE_EXPANDER,    GTK_TYPE_LIST_VIEW,    GTK_TYPE_PROGRESS_BAR,
                    GTK_TYPE_LIST_BOX_ROW };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_type_is_a (G_OBJECT_TYPE (widget), types[i]))
      return TRUE;

  return FALSE;
}

/* What a control is made of inside is the toolkit's affair; rows and lists hold controls of ours. */
static gboolean
holds_controls (GtkWidget *widget)
{
  return !needs_name (widget) || GTK_IS_LIST_BOX_ROW (widget) || GTK_IS_EXPANDER (widget);
}

static void
assert_names (GtkWidget *widget, guint *n)
{
  if (!gtk_widget_get_mapped (widget))
    return;
  if (needs_name (widget))
    {
      (*n)++;
      if (!has_name (widget))
        g_error ("a %s has no name", G_OBJECT_TYPE_NAME (widget));
    }
  if (!holds_controls (widget))
    return;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    assert_names (child, n);
}

/**
 * page_test_assert_names:
 *
 * Every control that can be seen, and at least one is, has a name for a screen reader.
 */
void
page_test_assert_names (PageTest *self)
{
  guint n = 0;

  assert_names (self->page, &n);
  g_assert_cmpuint (n, >, 0);
}

/* The widest of those that can't be made narrower. */
static GtkWidget *
find_culprit (GtkWidget *widget)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      int minimum;

      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
      if (gtk_widget_get_visible (child) && minimum > PAGE_NARROW - 2 * PAGE_MARGIN)
        return find_culprit (child);
    }

  return widget;
}

/**
 * page_test_assert_narrow:
 * @state: what the page shows now
 *
 * A phone's width is enough for the page as it is: nothing pushes the window apart.
 */
void
page_test_assert_narrow (PageTest *self, const char *state)
{
  GtkWidget *culprit;
  int minimum;

  gtk_widget_measure (self->page, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  if (minimum <= PAGE_NARROW)
    return;
  culprit = find_culprit (self->page);
  g_error ("%s in %s is %d pixels wide: a %s%s%s", state, ui_test_language (), minimum,
           G_OBJECT_TYPE_NAME (culprit), GTK_IS_LABEL (culprit) ? ", " : "",
           GTK_IS_LABEL (culprit) ? gtk_label_get_text (GTK_LABEL (culprit)) : "");
}
