"""``conformance_namespace("record")`` as a module, for suites that import what they test by name: a Wengert list.

``ARRAY_API_TESTS_MODULE=derivlab.conformance.record`` points the public suite of the standard at it.
"""

import sys

from derivlab.conformance.namespace import conformance_namespace

sys.modules[__name__] = conformance_namespace("record")
