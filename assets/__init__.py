"""Icons, style, report templates and the small trained networks of the demo study."""
