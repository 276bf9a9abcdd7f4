"""Questions to real DNS servers, bounded in number, pace and patience."""
