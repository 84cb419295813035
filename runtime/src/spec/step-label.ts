// What marks the images that are made of a step's files for a look into them: nobody built them to be kept.

export const stepLabel = 'dev.coracle.step';
