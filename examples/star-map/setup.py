#!/usr/bin/env python3
from sugar3.activity import bundlebuilder

bundlebuilder.start()
