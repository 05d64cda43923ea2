/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* In English whatever the locale: it travels, and the same set has the same
 * bytes. The programs in it are run by tests/cli/test_curated.py. */
#include "workspace/curated-readme.h"

#include <string.h>

/* How Python reads one array: `base` is the item's path, `name` the array's. */
static const struct {
  const char *format, *module, *expression;
} readers[] = {
  { "tiff", "tifffile", "tifffile.imread(f\"{base}/{name}.tif\")" },
  { "zarr", "zarr",
      "zarr.open(f\"{base}/{name}.zarr\", mode=\"r\")[\"0\"][:]" },
  { "hdf5", "h5py", "h5py.File(f\"{base}.h5\", \"r\")[name][:]" },
  { "npy", "numpy", "numpy.load(f\"{base}/{name}.npy\")" },
};

static const char torch_text[] =
    "```python\n"
    "import json, torch, %s\n"
    "class TrainingSet(torch.utils.data.Dataset):\n"
    "    def __init__(self, folder, role):\n"
    "        items = json.load(open(f\"{folder}/manifest.json\"))[\"items\"]\n"
    "        self.items = [(f\"{folder}/{i['path']}\", i[\"size\"]) for i in "
    "items if i[\"role\"] == role]\n"
    "    def __len__(self): return len(self.items)\n"
    "    def read(self, base, size, name, dtype):\n"
    "        return torch.from_numpy(%s.astype(dtype).reshape(size))\n"
    "    def __getitem__(self, i): return [self.read(*self.items[i], *a) for a "
    "in ((\"raw\", \"float32\"),\n"
    "        (\"labels\", \"int64\"), (\"weights\", \"float32\"))]\n"
    "```\n";

static const char tensorflow_text[] =
    "```python\n"
    "import json, tensorflow, %s\n"
    "def training_set(folder, role):\n"
    "    items = json.load(open(f\"{folder}/manifest.json\"))[\"items\"]\n"
    "    def read(base, size, name, dtype):\n"
    "        return %s.astype(dtype).reshape(size)\n"
    "    arrays = ((\"raw\", \"float32\"), (\"labels\", \"int64\"), "
    "(\"weights\", \"float32\"))\n"
    "    rows = lambda: (tuple(read(f\"{folder}/{i['path']}\", i[\"size\"], "
    "*a) "
    "for a in arrays)\n"
    "                    for i in items if i[\"role\"] == role)\n"
    "    return tensorflow.data.Dataset.from_generator(rows, "
    "output_signature=tuple(\n"
    "        tensorflow.TensorSpec((None, None, None), d) for _, d in "
    "arrays))\n"
    "```\n";

static void
add_arrays (GString *text)
{
  for (int i = 0; i < LAM_CURATED_N_ARRAYS; i++)
    g_string_append_printf (text, "| %s | %s |\n", lam_curated_arrays[i].name,
        lam_curated_arrays[i].title);
}

static void
add_programs (GString *text, const LamArrayFormat *format)
{
  for (size_t i = 0; i < G_N_ELEMENTS (readers); i++) {
    if (strcmp (readers[i].format, format->name) != 0)
      continue;
    const char *module = readers[i].module, *read = readers[i].expression;
    g_string_append (text, "\n## PyTorch\n\n");
    g_string_append_printf (text, torch_text, module, read);
    g_string_append (text, "\n## TensorFlow\n\n");
    g_string_append_printf (text, tensorflow_text, module, read);
    return;
  }
  g_return_if_reached ();
}

char *
lam_curated_make_readme (const LamCuratedPlan *plan)
{
  const LamArrayFormat *format = plan->options->format;
  GString *text = g_string_new ("# A training set made with Lamella\n\n");
  g_string_append (text,
      "`manifest.json` lists all items: each is a box of the volume with these "
      "arrays, axes z, y, x.\n\n| array | what |\n| --- | --- |\n");
  add_arrays (text);
  g_string_append_printf (text,
      "\nAn item's arrays are %s `PATH%s%s`, where PATH is what the manifest "
      "says. Roles are train, validation and test; regions of different roles "
      "are at least the guard band apart along an axis (`distances` in the "
      "manifest). `weights` holds the class's weight (all voxels / (classes × "
      "voxels of the class) in training; %d for a class that "
      "training does not have) and, between objects, w0 · exp (-(d1 + d2)² / "
      "(2 "
      "σ²)) of the U-Net paper. Voxels whose mask is 0 weigh 0: multiply the "
      "loss with it.\n\n`lamella-cli check-training FOLDER` checks every "
      "byte, and computes again what the manifest says of the arrays. Without "
      "Lamella, `sha256sum -c SHA256SUMS` in the folder finds changed "
      "files.\n",
      format->is_file ? "datasets of" : "in", format->is_file ? "" : "/ARRAY",
      format->suffix, LAM_CURATED_MISSING_WEIGHT);
  add_programs (text, format);
  return g_string_free (text, FALSE);
}
