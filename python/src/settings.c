/* Settings: Python's values in and out, by the library's own tables. */
#include "module.h"

bool settings_set(const duro_settings_group *groups, int n, PyObject *pairs) {
  PyObject *list = PySequence_List(pairs);
  if (!list) return false;
  bool fine = true;
  for (Py_ssize_t i = 0; fine && i < PyList_Size(list); i++) {
    PyObject *name, *text, *pair = PyList_GetItem(list, i);
    fine = PyTuple_Check(pair) && PyArg_ParseTuple(pair, "UU", &name, &text);
    PyObject *bytes[2] = {fine ? PyUnicode_AsUTF8String(name) : NULL, fine ? PyUnicode_AsUTF8String(text) : NULL};
    fine = bytes[0] && bytes[1];
    if (fine) {
      const duro_status status = duro_settings_set(groups, n, PyBytes_AsString(bytes[0]), PyBytes_AsString(bytes[1]));
      if (status) raise_status(status);
      fine = !status;
    } else if (!PyErr_Occurred()) {
      PyErr_SetString(PyExc_TypeError, "settings are pairs of texts");
    }
    Py_XDECREF(bytes[0]);
    Py_XDECREF(bytes[1]);
  }
  Py_DECREF(list);
  return fine;
}

static PyObject *value_of(const duro_setting *row, const void *values) {
  const char *field = (const char *)values + row->offset;
  switch (row->kind) {
  case DURO_INT:
    return PyLong_FromLongLong(*(const int64_t *)(const void *)field);
  case DURO_REAL:
    return PyFloat_FromDouble(*(const double *)(const void *)field);
  case DURO_BOOL:
    return PyBool_FromLong(*(const bool *)(const void *)field);
  case DURO_TEXT:
  case DURO_FILE:
    break;
  }
  return PyUnicode_FromString(field);
}

PyObject *settings_values(const duro_settings_group *groups, int n) {
  PyObject *all = PyDict_New();
  for (int g = 0; all && g < n; g++)
    for (int i = 0; all && i < groups[g].count; i++) {
      const duro_setting *row = &groups[g].rows[i];
      PyObject *name = PyUnicode_FromFormat("%s.%s", groups[g].prefix, row->name);
      PyObject *value = value_of(row, groups[g].values);
      if (!name || !value || PyDict_SetItem(all, name, value)) Py_CLEAR(all);
      Py_XDECREF(name);
      Py_XDECREF(value);
    }
  return all;
}

static PyObject *initial_of(const duro_setting *row) {
  switch (row->kind) {
  case DURO_INT:
    return PyLong_FromDouble(row->initial);
  case DURO_REAL:
    return PyFloat_FromDouble(row->initial);
  case DURO_BOOL:
    return PyBool_FromLong(row->initial != 0.0);
  case DURO_TEXT:
  case DURO_FILE:
    break;
  }
  return PyUnicode_FromString(row->initial_text);
}

static PyObject *row_of(const char *prefix, const duro_setting *row) {
  static const char *const kinds[] = {
      [DURO_INT] = "int", [DURO_REAL] = "float", [DURO_BOOL] = "bool", [DURO_TEXT] = "str", [DURO_FILE] = "str"};
  PyObject *name = PyUnicode_FromFormat("%s.%s", prefix, row->name);
  if (!name) return NULL;
  return Py_BuildValue("NsNddzss", name, kinds[row->kind], initial_of(row), row->low, row->high, row->choices,
                       row->unit, row->help);
}

PyObject *settings_rows(const duro_settings_group *groups, int n) {
  PyObject *all = PyList_New(0);
  for (int g = 0; all && g < n; g++)
    for (int i = 0; all && i < groups[g].count; i++) {
      PyObject *row = row_of(groups[g].prefix, &groups[g].rows[i]);
      if (!row || PyList_Append(all, row)) Py_CLEAR(all);
      Py_XDECREF(row);
    }
  return all;
}
