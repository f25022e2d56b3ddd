"""The workers' memory over the requests, as an SVG."""

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 900, 360, 80, 50, 30
COLOURS = ("#1b6ca8", "#c8553d", "#588157", "#6d597a")


def steps(low, high, count=5):
    return [low + (high - low) * i / count for i in range(count + 1)]


def draw(samples):
    """The graph of {worker: [(requests, bytes)]}."""
    points = [point for line in samples.values() for point in line]
    most = max(done for done, _ in points) or 1
    low, high = 0, max(size for _, size in points) * 1.1

    def place(done, size):
        return (LEFT + (WIDTH - LEFT - 20) * done / most,
                TOP + (HEIGHT - TOP - BOTTOM) * (1 - (size - low) / (high - low)))

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           f'<text x="{LEFT}" y="18">resident memory of each worker (KiB) over requests</text>']
    for size in steps(low, high):
        x, y = place(0, size)
        out.append(f'<path d="M{x:.0f} {y:.1f}H{WIDTH - 20}" stroke="#ddd"/>'
                   f'<text x="{x - 8:.0f}" y="{y + 4:.1f}" text-anchor="end">{size / 1024:,.0f}</text>')
    for done in steps(0, most):
        x, y = place(done, low)
        out.append(f'<text x="{x:.0f}" y="{y + 20:.0f}" text-anchor="middle">{done:,.0f}</text>')
    quarter = place(most / 4, low)[0]
    out.append(f'<path d="M{quarter:.0f} {TOP}V{HEIGHT - BOTTOM}" stroke="#999" stroke-dasharray="4"/>')
    for i, (pid, line) in enumerate(samples.items()):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line))
        colour = COLOURS[i % len(COLOURS)]
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
                   f'<text x="{WIDTH - 110}" y="{TOP + 14 * (i + 1)}" fill="{colour}">worker {pid}</text>')
    return "\n".join([*out, "</svg>", ""])
