// Names for containers that nobody named: `brisk_lovelace`. Lists of our own.

const adjectives = (
  'agile amber ample bold brave breezy bright brisk calm candid cheerful civil clear clever cosy crisp curious daring deft ' +
  'eager earnest easy elated fair fearless fluent fond frank fresh gentle glad golden graceful grand handy happy hardy hearty ' +
  'honest hopeful humble jolly jovial keen kind lively loyal lucid lucky mellow merry mindful modest neat nimble noble ' +
  'patient placid playful plucky polite proud prudent quick quiet ready robust serene sharp silent silver sincere smooth ' +
  'snug sober spry stable steady sturdy subtle sunny swift tender thrifty tidy tranquil true upbeat vivid warm wise witty zesty'
).split(' ');

const surnames = (
  'abel agnesi almeida ampere anning archimedes babbage banach bardeen bell berners bohr bose brahe cannon carson cartan ' +
  'cauchy cavendish chandra clarke curie darwin davy descartes dirac dijkstra einstein euclid euler faraday fermat fermi ' +
  'feynman fibonacci fourier franklin galileo galois gauss germain gibbs goodall haldane hamilton hawking herschel hertz ' +
  'hilbert hodgkin hopper hypatia jemison joule kepler khayyam kovalevskaya lagrange lamarr laplace leavitt leibniz lovelace ' +
  'maxwell mcclintock meitner mendel mirzakhani morse napier newton nightingale noether ohm pascal pasteur pauling payne ' +
  'planck poincare ptolemy ramanujan ride ritchie rubin sagan shannon snell somerville tesla thompson torvalds turing ' +
  'volta wallace watt weyl wilson wozniak yalow yonath zeno'
).split(' ');

/** @param isTaken asked until a name is free; after some tries a number is added */
export function randomName(random: (size: number) => Uint8Array, isTaken: (name: string) => boolean): string {
  for (let attempt = 0; ; attempt++) {
    const [first = 0, second = 0, third = 0, fourth = 0] = random(4);
    const adjective = adjectives[(first * 256 + second) % adjectives.length] ?? 'calm';
    const surname = surnames[(third * 256 + fourth) % surnames.length] ?? 'turing';
    const name = attempt < 6 ? `${adjective}_${surname}` : `${adjective}_${surname}${attempt}`;
    if (!isTaken(name)) return name;
  }
}
