"""What goes on, to browsers and programs that stay connected: streams, apart from what answers and is done."""
