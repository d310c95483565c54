"""``conformance_namespace("forward")`` as a module, for suites that import what they test by name: dual numbers.

``ARRAY_API_TESTS_MODULE=derivlab.conformance.forward`` points the public suite of the standard at it.
"""

import sys

from derivlab.conformance.namespace import conformance_namespace

sys.modules[__name__] = conformance_namespace("forward")
