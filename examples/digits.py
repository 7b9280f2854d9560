"""A network of Values learns to read handwritten digits: train, measure, save, reload, draw.

Run:  python examples/digits.py            (about five seconds; writes into ./out)
"""

from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.datasets import load_digits

import nn
from autograd import Value, draw

OUT = Path("out")


def main() -> None:
    OUT.mkdir(exist_ok=True)
    # 1,797 images of 8 x 8 pixels, of 0 to 16: rows of 64 numbers between 0 and 1.
    digits = load_digits()
    images = (digits.data / 16).astype(np.float32)
    x, x_test, y, y_test = nn.train_test_split(
        images, digits.target, test_size=0.25, stratify=digits.target, rng=0
    )

    def network(rng: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Linear(64, 128, rng=rng),
            nn.relu,
            nn.Dropout(0.4, rng=rng),
            nn.Linear(128, 10, rng=rng + 1),
        )

    model = network(20)
    print(model)
    optimizer = nn.AdamW(model.parameters(), lr=4e-3, weight_decay=0.05)
    schedule = nn.CosineAnnealingLR(optimizer, T_max=60)

    start = perf_counter()
    history = nn.fit(
        model,
        nn.cross_entropy,
        (x, y),
        optimizer=optimizer,
        epochs=60,
        batch_size=32,
        validation=(x_test, y_test),
        metrics={"accuracy": nn.accuracy},
        callbacks=[schedule],
        rng=4,
    )
    seconds = perf_counter() - start
    predicted = nn.predict(model, x_test).argmax(axis=1)
    accuracy = float(np.mean(predicted == y_test))
    print(f"{accuracy:.1%} of {len(y_test)} held-out images are right, after {seconds:.1f} s")

    # The model as a file, and back: the same predictions, to the last bit.
    saved = OUT / "digits.safetensors"
    nn.save(saved, model)
    copy = network(7)
    nn.load(saved, into=copy)
    same = np.array_equal(nn.predict(copy, x_test), nn.predict(model, x_test))
    print(f"saved to {saved}; reloaded, its predictions are {'identical' if same else 'DIFFERENT'}")

    curve = OUT / "digits_loss.png"
    history.plot(curve)
    print(f"the loss curve is in {curve.resolve()}")

    # A forward pass of a small network, as the graph that backpropagation walks.
    small = nn.Sequential(nn.Linear(64, 16, rng=5), nn.relu, nn.Linear(16, 10, rng=6))
    loss = nn.cross_entropy(small(Value(x[:8], requires_grad=False, name="images")), y[:8])
    loss.name = "loss"
    names = dict(small.named_parameters())
    picture = draw(loss, names=names, intermediates=False, direction="TB")
    graph = picture.save(OUT / "digits_graph.png")
    print(f"the computation graph is in {Path(graph).resolve()}")

    if accuracy < 0.97 or not same:
        raise SystemExit("expected at least 97 % of the held-out images and identical predictions")


if __name__ == "__main__":
    main()
