import sys
from pathlib import Path

# The scripts that make packages lie beside the application and import one another by these names.
sys.path.append(str(Path(__file__).parents[2] / "packaging"))
