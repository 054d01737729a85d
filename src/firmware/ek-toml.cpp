/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only C++ here: toml++ behind one C function. Built without exceptions, and header-only, so that
 * sanitizers and fuzzers see the parser too. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-toml.h"

#include "ek-error.h"

#include <sstream>
#include <string>
#include <string_view>

/* pkg-config's flags are for the shared library, which throws. What toml++ 3.3 asserts is not always
 * so ("[=" at the start of a line), and an error comes of it all the same; with NDEBUG a compiler may
 * take it for granted. */
#undef TOML_HEADER_ONLY
#undef TOML_SHARED_LIB
#undef NDEBUG
#define TOML_ASSERT(condition) static_assert (true)
#define TOML_HEADER_ONLY       1
#define TOML_EXCEPTIONS        0
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

/* Each dot of a key is a level of the tree, which toml++ frees by recursion. A key ends with its line
 * and values nest 16 deep, so this keeps the tree below 9,000 levels: a stack of 8 MiB takes 80,000,
 * or 10,000 under the address sanitizer. */
static constexpr gsize max_dots_of_line = 512;

static JsonNode *node_from_toml (const toml::node &node, guint depth, GError **error);

static gboolean
check_size (gsize size, GError **error)
{
  if (size <= EK_TOML_MAX_SIZE)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_CATALOG,
               "TOML text of %" G_GSIZE_FORMAT " bytes; %d are the limit", size, EK_TOML_MAX_SIZE);
  return FALSE;
}

static gboolean
check_lines (std::string_view text, GError **error)
{
  gsize line = 1;
  gsize dots = 0;

  for (char c : text)
    {
      if (c == '\n')
        {
          line++;
          dots = 0;
        }
      else if (c == '.' && ++dots > max_dots_of_line)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_CATALOG,
                       "Line %" G_GSIZE_FORMAT " has more than %" G_GSIZE_FORMAT " dots", line,
                       max_dots_of_line);
          return FALSE;
        }
    }

  return TRUE;
}

static void
set_parse_error (GError **error, const toml::parse_error &problem)
{
  std::string description (problem.description ());
  g_autofree char *printable =
      g_utf8_make_valid (description.data (), (gssize) description.size ());

  g_set_error (error, EK_ERROR, EK_ERROR_CATALOG, "Line %u, column %u: %s",
               (guint) problem.source ().begin.line, (guint) problem.source ().begin.column,
               printable);
}

static gboolean
check_text (std::string_view text, const toml::node &node, GError **error)
{
  if (text.find ('\0') == text.npos)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_CATALOG, "Line %u, column %u: NUL in a text",
               (guint) node.source ().begin.line, (guint) node.source ().begin.column);
  return FALSE;
}

static JsonNode *
node_from_text (const std::string &text, const toml::node &node, GError **error)
{
  if (!check_text (text, node, error))
    return nullptr;

  return json_node_init_string (json_node_alloc (), text.c_str ());
}

static JsonNode *
node_from_table (const toml::table &table, guint depth, GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();

  for (auto &&[key, value] : table)
    {
      std::string name (std::string_view{ key });
      JsonNode *member = nullptr;

      if (!check_text (name, value, error) ||
          (member = node_from_toml (value, depth + 1, error)) == nullptr)
        return nullptr;
      json_object_set_member (object, name.c_str (), member);
    }

  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
node_from_array (const toml::array &array, guint depth, GError **error)
{
  g_autoptr (JsonArray) elements = json_array_sized_new ((guint) array.size ());

  for (auto &&value : array)
    {
      JsonNode *element = node_from_toml (value, depth + 1, error);

      if (element == nullptr)
        return nullptr;
      json_array_add_element (elements, element);
    }

  return json_node_init_array (json_node_alloc (), elements);
}

/* Dates and times, for which JSON has no type. */
static JsonNode *
node_from_printed (const toml::node &node, GError **error)
{
  std::ostringstream stream;

  node.visit ([&stream] (auto &&value) { stream << value; });
  return node_from_text (stream.str (), node, error);
}

static JsonNode *
node_from_toml (const toml::node &node, guint depth, GError **error)
{
  if (depth > EK_TOML_MAX_DEPTH)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_CATALOG,
                   "Line %u, column %u: more than %d levels deep",
                   (guint) node.source ().begin.line, (guint) node.source ().begin.column,
                   EK_TOML_MAX_DEPTH);
      return nullptr;
    }

  switch (node.type ())
    {
    case toml::node_type::table:
      return node_from_table (*node.as_table (), depth, error);
    case toml::node_type::array:
      return node_from_array (*node.as_array (), depth, error);
    case toml::node_type::string:
      return node_from_text (node.as_string ()->get (), node, error);
    case toml::node_type::integer:
      return json_node_init_int (json_node_alloc (), node.as_integer ()->get ());
    case toml::node_type::floating_point:
      return json_node_init_double (json_node_alloc (), node.as_floating_point ()->get ());
    case toml::node_type::boolean:
      return json_node_init_boolean (json_node_alloc (), node.as_boolean ()->get ());
    case toml::node_type::none:
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
    default:
      return node_from_printed (node, error);
    }
}

/**
 * ek_toml_parse:
 * @text: (array length=size): TOML 1.0, UTF-8, with or without a byte order mark
 * @size: bytes, at most %EK_TOML_MAX_SIZE
 *
 * Dates and times become texts; everything else has the type that it has in JSON.
 *
 * Returns: (transfer full): an object, or %NULL with %EK_ERROR_CATALOG, its message with line and
 *   column where the text breaks TOML's rules
 */
JsonNode *
ek_toml_parse (const char *text, gsize size, GError **error)
{
  std::string_view view (text, size);

  if (!check_size (size, error) || !check_lines (view, error))
    return nullptr;

  toml::parse_result result = toml::parse (view);

  if (!result)
    {
      set_parse_error (error, result.error ());
      return nullptr;
    }

  return node_from_toml (result.table (), 0, error);
}
